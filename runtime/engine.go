package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/door"
	"github.com/postern-dev/postern/runtime/internal/pool"
	"github.com/postern-dev/postern/runtime/internal/sched"
	"github.com/postern-dev/postern/runtime/internal/wasm"
	"github.com/postern-dev/postern/runtime/journal"
	"github.com/postern-dev/postern/runtime/meter"
	"github.com/postern-dev/postern/runtime/service"
)

// Options says what an engine may use. Every limit must be set.
type Options struct {
	Modules  func(ctx context.Context, digest string) ([]byte, error) // reads a module's bytes
	Services *service.Set                                             // what functions may reach; nil for nothing
	Journal  *journal.Journal
	Meter    *meter.Meter
	IDs      *IDs
	Log      zerolog.Logger

	CacheDir     string        // compiled code, private to this process's user; "" for none
	Compilers    int           // compilations at once
	MaxModule    int64         // bytes of a module
	MaxFunctions int           // functions in a module
	MaxMemory    uint64        // bytes of linear memory that a function may be given
	Memory       uint64        // bytes of linear memory of all instances
	Instances    int           // of all functions
	Idle         time.Duration // an instance unused for so long is closed
	Code         uint64        // bytes of native code and images of all functions; 0: any
	CodeIdle     time.Duration // a function unused for so long is unloaded; 0: never
}

// How long a goroutine waits for the next run before it ends, and how often
// idle instances and functions are looked for.
const (
	idleWorker = 10 * time.Second
	sweepEvery = 5 * time.Second
)

// Engine runs calls of functions. It is safe for concurrent use.
type Engine struct {
	opt       Options
	wasm      *wasm.Runtime
	scheduler *sched.Scheduler
	budget    *pool.Budget
	shelf     *shelf
	ctx       context.Context // ends with the engine
	cancel    context.CancelFunc
	calls     sync.Pool
	attempts  sync.Pool
	running   running
	nears     atomic.Uint32 // numbers heralds
	announced announced
}

// Open returns an engine without functions.
func Open(opt Options) (*Engine, error) {
	ctx, cancel := context.WithCancel(context.Background())
	w, err := wasm.Open(ctx, wasm.Options{
		CacheDir:     opt.CacheDir,
		Compilers:    opt.Compilers,
		MaxModule:    opt.MaxModule,
		MaxFunctions: opt.MaxFunctions,
		Log:          opt.Log,
	})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("open engine: %w", err)
	}
	start := time.Now()
	return &Engine{
		opt:       opt,
		wasm:      w,
		scheduler: sched.New(sched.Options{IdleWorker: idleWorker}),
		budget: pool.OpenBudget(pool.BudgetOptions{
			MaxInstances: opt.Instances,
			MaxBytes:     int64(opt.Memory),
			Sweep:        sweepEvery,
			Start:        start,
		}),
		shelf:  openShelf(int64(opt.Code), maxLoaded(), opt.CodeIdle, start),
		ctx:    ctx,
		cancel: cancel,
	}, nil
}

// Close ends every run that still goes on, waits for them and frees all
// functions. No call may be made any more.
func (e *Engine) Close() error {
	e.cancel()
	e.running.killAll(fault.New(fault.Killed, "the server is closing"))
	e.scheduler.Close()
	e.shelf.close()
	e.budget.Close()
	return e.wasm.Close()
}

// Watch lets calls that are invoked with ctx run on the goroutine of Invoke; see
// [Call.Rescue]. Such an Invoke can't see ctx end, so the engine does, from now
// on until ctx ends. That costs a call nothing, but ending ctx looks at every
// function that runs: it is meant for few contexts that many calls share, such
// as a server's. A ctx that never ends needs no watching.
func (e *Engine) Watch(ctx context.Context) { e.scheduler.Watch(ctx) }

// Kill ends the runs of the call with the given request id and returns how
// many there were. They end with code Killed.
func (e *Engine) Kill(requestID string) int {
	return e.running.kill(requestID, fault.New(fault.Killed, "the run was ended by an operator"))
}

// Add takes note of a function without loading it: its first call does.
func (e *Engine) Add(spec Spec) *Function {
	context := abi.Context{
		App:         spec.App,
		Function:    spec.Function,
		Version:     spec.Version,
		MemoryLimit: spec.Memory,
		RunLimit:    spec.RunLimit,
	}
	f := &Function{
		Spec:    spec,
		context: context.AppendFixed(nil),
		engine:  e,
		stats:   e.opt.Meter.Function(spec.App, spec.Function, spec.Version),
	}
	f.lane = sched.NewLane[*attempt](e.scheduler, sched.LaneOptions{Slots: spec.Concurrency, Backlog: spec.Backlog})
	f.users = door.New(f.free)
	f.stats.Watch(meter.Gauges{
		Running:   func() int { n, _ := f.lane.Stats(); return n },
		Queued:    func() int { _, n := f.lane.Stats(); return n },
		Instances: f.instances,
	})
	return f
}

// Load compiles a function, tries it and returns it ready to be called. What
// is wrong with the module comes back as a fault, and nothing stays behind.
func (e *Engine) Load(ctx context.Context, spec Spec) (*Function, error) {
	if spec.Memory > e.opt.MaxMemory {
		return nil, fault.New(fault.ModuleMemoryLimit, "memory of %d bytes is above the server's limit of %d",
			spec.Memory, e.opt.MaxMemory).WithHint("lower memory in the manifest or raise engine.max_memory")
	}
	f := e.Add(spec)
	if err := f.try(ctx); err != nil {
		f.Retire()
		return nil, err
	}
	return f, nil
}

// faultOf turns an error of a lane into a fault.
func faultOf(err error, p Policy) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sched.ErrBusy):
		return fault.Wrap(fault.Busy, err, "all slots of the function are taken and its queue is full")
	case errors.Is(err, sched.ErrTimeout):
		return fault.Wrap(fault.Timeout, err, "no answer within %s in %d attempts", p.Patience, p.Attempts)
	case errors.Is(err, sched.ErrClosed):
		return fault.Wrap(fault.Unavailable, err, "the server is closing")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fault.Wrap(fault.Unavailable, err, "the call was given up")
	case errors.Is(err, pool.ErrFull):
		return fault.Wrap(fault.Busy, err, "the server has no room for another instance")
	}
	return fault.Of(err)
}

// RetryAfter returns when a call that was refused with err may find room, or 0
// when err does not say.
func RetryAfter(err error) time.Duration {
	if busy, ok := errors.AsType[*sched.BusyError](err); ok {
		return busy.RetryAfter
	}
	return 0
}
