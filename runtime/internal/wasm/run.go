package wasm

import (
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/rewrite"
	"github.com/postern-dev/postern/runtime/service"
)

// Level says where a line comes from.
type Level uint8

// Where lines come from. The first four are the levels of the import log.
const (
	Debug Level = iota
	Info
	Warn
	Error
	Stdout
	Stderr
)

// Run is one run of a function: what it gets and what it may spend. It belongs
// to the caller and is not kept after [Instance.Call].
type Run struct {
	Event   []byte
	Context []byte // JSON
	Caller  service.Caller

	Deadline time.Time // the end of the run limit; zero: none
	CPU      int64     // what it may spend, in units of fuel; 0: any amount

	// Print takes a line that the function printed or logged, without its
	// newline. text is good during the call only. nil: lines are dropped.
	Print func(level Level, text []byte)

	// Grow is asked before linear memory grows by so many bytes and may refuse:
	// then the function is told so, as at its own limit. nil: never refused.
	Grow func(bytes uint64) bool

	Fuel int64 // set by Call: what the run spent
}

// meter is the fuel of one run.
//
//	given = 1000                 all that was put into the tank so far
//	├───────── spent ────────┤── left ──┤
//	0                       700       1000
//
// left is in the instance's fuel global. The code subtracts from it and calls
// tick once it is negative, so a run may spend a little more than its budget.
type meter struct {
	given  int64
	budget int64     // 0: none
	turn   time.Time // when the run had the processor to itself; zero until the first tick
}

// turn is how long a run goes on while others wait for the processor. Letting
// them run at every tick would make a run of a few slices as long as all that
// is going on.
const turn = 200 * time.Microsecond

// begin starts a run: the first slice of fuel is given.
func (i *Instance) begin(run *Run) {
	i.run = run
	i.ended, i.exited, i.failed = nil, false, false
	i.refusedBefore, i.crowded = i.memory.Refused(), false
	if i.memory.Admit == nil {
		i.memory.Admit = i.admit
	}
	i.meter = meter{budget: run.CPU}
	if i.fuel != nil {
		i.refuel(0)
	}
}

// end closes a run that ended with err, and returns the fault that it means.
func (i *Instance) end(err error) error {
	err = i.outcome(err)
	i.flush()
	i.run.Fuel = i.spent()
	i.run = nil
	i.broken = err != nil
	return err
}

// admit asks whether the run under way may have more memory.
func (i *Instance) admit(bytes uint64) bool {
	if i.run == nil || i.run.Grow == nil || i.run.Grow(bytes) {
		return true
	}
	i.crowded = true
	return false
}

// refused reports whether the run asked for more memory than it may have.
func (i *Instance) refused() bool { return i.memory.Refused() > i.refusedBefore }

// spent returns what the run spent so far; a start function that has not ticked
// yet spent nothing.
func (i *Instance) spent() int64 {
	if i.fuel == nil {
		return 0
	}
	return i.meter.given - int64(i.fuel.Get())
}

// refuel gives the next slice to a run that spent so much.
func (i *Instance) refuel(spent int64) {
	slice := int64(rewrite.SliceFuel)
	if i.meter.budget > 0 {
		slice = min(slice, max(i.meter.budget-spent, 0))
	}
	i.meter.given = spent + slice
	i.fuel.Set(uint64(slice))
}

// charge makes the run pay for work that the host does for it. When the tank
// is empty the code calls tick at its next check.
func (i *Instance) charge(units int64) {
	if i.fuel != nil {
		i.fuel.Set(i.fuel.Get() - uint64(units))
	}
}

// tick is called by the code of guest when its slice is spent. A start function
// does so while guest is still being made: it begins with an empty tank.
func (i *Instance) tick(guest api.Module) {
	if i.fuel == nil {
		i.fuel = mutable(guest, rewrite.FuelGlobal)
	}
	spent := i.spent()
	if i.meter.budget > 0 && spent >= i.meter.budget {
		i.stop(fault.New(fault.CPULimit, "the run spent its CPU budget"))
	}
	i.checkStack()
	i.takeTurns()
	i.checkpoint()
	i.refuel(spent)
}

// takeTurns lets other goroutines run when this run had its turn.
func (i *Instance) takeTurns() {
	now := time.Now()
	if began := i.meter.turn; !began.IsZero() {
		if now.Sub(began) < turn {
			return
		}
		i.letOthers()
		now = time.Now()
	}
	i.meter.turn = now
}

// letOthers lets other goroutines run.
func (i *Instance) letOthers() {
	i.memory.InterruptUse()
	yield()
}

// checkpoint ends the run when somebody killed it or its time is over. Host
// imports that take long call it between their steps.
func (i *Instance) checkpoint() {
	if f := i.killed.Load(); f != nil {
		i.stop(f)
	}
	if i.overdue() {
		i.stop(overdueFault())
	}
}

func (i *Instance) overdue() bool {
	return !i.run.Deadline.IsZero() && !time.Now().Before(i.run.Deadline)
}

func overdueFault() *fault.Error {
	return fault.New(fault.RunLimit, "the run outlived its run limit")
}

// stop ends the run from inside a host import: the panic unwinds the wasm code,
// and outcome finds the fault again.
func (i *Instance) stop(f *fault.Error) {
	i.ended = f
	panic(errStopped)
}
