package runtime

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/sched"
	"github.com/postern-dev/postern/runtime/journal"
)

// ErrRescued is returned by [Call.Invoke] when [Call.Rescue] told the client how
// the call ended. It is no fault: nothing is to be answered any more.
var ErrRescued = errors.New("the call was rescued")

// Call is one request for a function. Its owner fills the exported fields,
// invokes it once at most and releases it once; it is not safe for concurrent
// use. The engine reuses calls.
type Call struct {
	Event     []byte // appended to by the owner; read-only after Invoke
	RequestID string
	Identity  string // who was admitted; "" for anybody
	Policy    Policy

	// Rescue may be set before Invoke. Then the function may run on the
	// goroutine of Invoke itself, which costs a call two switches between
	// goroutines less. If the outcome is decided while that goroutine is
	// still inside the function - a later attempt answered, every attempt
	// outlived its patience, or ctx ended - Invoke can't return it in time,
	// and Rescue is called with it instead: with the reply, or with a fault.
	//
	// It is called at most once per Invoke, on another goroutine, and never
	// after Invoke returned. What the invoker did before Invoke has happened
	// before Rescue, and what Rescue does has happened before Invoke
	// returns [ErrRescued]; so it may use all that the invoker owns, as
	// long as the invoker left it alone. The reply is valid during Rescue
	// only; Spent and Misreplied may be called there, Release may not: that
	// is the invoker's, as ever. It may block, within reason: it holds the
	// slot and the instance of the answer, and Invoke. It must not panic.
	//
	// With nil, all runs are on goroutines of the engine and Invoke returns
	// every outcome itself. The same goes for a ctx that could end unseen:
	// see [Engine.Watch].
	Rescue func(reply []byte, err error)

	// Trace may be set before Invoke. It is called at most once, before Release
	// returns, and seldom: when memory that calls of the function touch is to be
	// remembered. Then it adds what the owner touched for the call.
	Trace func(*Trail)

	near   uint32 // that of its herald
	key    uint64 // that it was announced with; 0: it was not
	own    Herald // of a call that nobody's herald makes
	fn     *Function
	answer sched.Answer[*attempt]
	owners atomic.Int32 // its owner, and the lane while runs of it may go on
}

// keepEvent is the largest event buffer that is kept for the next call: any that
// a dialect allows. Calls that are not used are left to the garbage collector.
const keepEvent = 8 << 20

// NewCall returns an empty call of the function, or ErrRetired. Who makes many
// calls has a [Herald] make them.
func (f *Function) NewCall() (*Call, error) {
	c := f.engine.call()
	if c.own.announced == nil {
		c.own = f.engine.NewHerald()
	}
	return c.own.begin(c, f)
}

// call returns a call of no function.
func (e *Engine) call() *Call {
	c, _ := e.calls.Get().(*Call)
	if c == nil {
		c = &Call{}
	}
	return c
}

// Invoke makes the call and returns the reply, which is valid until Release. An
// error is a fault, or [ErrRescued]. When ctx ends first, the runs go on and
// nobody waits for them; but an Invoke that is inside the function returns only
// when that has ended.
func (c *Call) Invoke(ctx context.Context) ([]byte, error) {
	c.owners.Add(1)
	policy := sched.Policy{Attempts: c.Policy.Attempts, Patience: c.Policy.Patience, RunLimit: c.fn.Spec.RunLimit}
	var job sched.Job[*attempt] = c
	if c.Rescue != nil {
		job = heldCall{c}
	}
	answer, err := c.fn.lane.Do(ctx, policy, job)
	if errors.Is(err, sched.ErrRescued) {
		return nil, ErrRescued
	}
	return c.conclude(answer, err)
}

// conclude counts the call and notes its answer.
func (c *Call) conclude(answer sched.Answer[*attempt], err error) ([]byte, error) {
	if err != nil {
		err = faultOf(err, c.Policy)
		c.fn.stats.Call(c.near, fault.CodeOf(err), answer.Took)
		return nil, err
	}
	c.answer = answer
	c.fn.stats.Call(c.near, "", answer.Took)
	answer.Value.ended(answer.Attempt)
	answer.Value.completed(true)
	return answer.Value.reply, nil
}

// Misreplied tells the engine that the reply of the call was no reply.
func (c *Call) Misreplied() {
	c.answer.Value.log(time.Now(), journal.StreamRun, journal.LevelError, "the reply is not what the dialect asks for")
}

// Spent returns what the answering run spent, in units of the meter, and the
// bytes of linear memory it had.
func (c *Call) Spent() (cpu int64, memory uint64) {
	a := c.answer.Value
	if a == nil {
		return 0, 0
	}
	return a.run.Fuel, uint64(a.inst.Bytes())
}

// Release gives the reply's instance and slot back. The call must not be used
// afterwards.
func (c *Call) Release() {
	c.letGo()
	c.leave()
}

// letGo gives the instance and the slot of the answer back, if there is one.
func (c *Call) letGo() {
	if a := c.answer.Value; a != nil {
		c.answer.Value = nil
		a.release(&c.answer)
		c.answer.Release()
	}
}

// Run makes one attempt, for the lane.
func (c *Call) Run(a sched.Attempt) (*attempt, error) {
	t := c.fn.engine.newAttempt(c, a)
	if err := t.do(); err != nil {
		t.failed(err)
		t.free()
		return nil, err
	}
	return t, nil
}

// Late is told by the lane of an attempt that nobody waited for.
func (c *Call) Late(a sched.Attempt, t *attempt, _ error) {
	if t == nil {
		return
	}
	c.fn.stats.LateRun()
	t.ended(a)
	t.completed(false)
	t.release(nil)
}

// Done is told by the lane that no run of the call goes on any more.
func (c *Call) Done() { c.leave() }

// leave gives the call back when its last owner is gone.
func (c *Call) leave() {
	if c.owners.Add(-1) > 0 {
		return
	}
	f := c.fn
	c.fn, c.RequestID, c.Identity, c.Rescue, c.Trace = nil, "", "", nil, nil
	c.Event = c.Event[:0]
	if cap(c.Event) > keepEvent {
		c.Event = nil
	}
	near := c.near
	f.engine.calls.Put(c)
	f.users.Leave(near)
}

// heldCall is a Call whose Invoke the lane may hold inside the function.
type heldCall struct{ *Call }

// Rescue is told by the lane how the call ended while Invoke is held.
func (c heldCall) Rescue(answer sched.Answer[*attempt], err error) {
	c.Call.Rescue(c.conclude(answer, err))
	c.letGo()
}
