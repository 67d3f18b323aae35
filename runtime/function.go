package runtime

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/pool"
	"github.com/postern-dev/postern/runtime/internal/sched"
	"github.com/postern-dev/postern/runtime/internal/wasm"
	"github.com/postern-dev/postern/runtime/meter"
)

// ErrRetired is the answer of a function that was taken out of service: the
// newer version is to be asked.
var ErrRetired = errors.New("the function was taken out of service")

// pageSize is the size of a page of linear memory.
const pageSize = 64 << 10

// An instance is used so often, by chance, and then replaced: what leaks from
// call to call does not last, and shows in tests.
const minUses, maxUses = 50_000, 100_000

// restAfter is how long an instance waits before it gives back the pages that it
// wrote; the next call then takes a fault on each of them.
const restAfter = 15 * time.Second

// Function is one function of one version. It is safe for concurrent use.
type Function struct {
	Spec    Spec
	context []byte // the part of a run's context that is always the same
	engine  *Engine
	lane    *sched.Lane[*attempt]
	stats   *meter.Function
	refs    atomic.Int64 // calls in flight, and one until it is retired

	loaded    atomic.Pointer[loaded]    // nil: not loaded, or taken down
	loading   atomic.Pointer[loading]   // set while somebody loads it, so that it is once
	diagnosis atomic.Pointer[Diagnosis] // of when it was loaded last
}

// instance is a wasm instance as a pool wants it.
type instance struct {
	*wasm.Instance
	seat *seat
}

// Close frees the instance. A failure would leave nothing to be done: the
// memory is given back in any case.
func (i instance) Close() {
	i.seat.leave()
	_ = i.Instance.Close()
}

// Bytes is what the instance counts for in the budget of all linear memory: all
// of its memory, for every page of it may be written.
func (i instance) Bytes() int64 { return int64(i.Instance.Bytes()) }

// IdleBytes is what it counts for while it waits: what it does not share with
// its image.
func (i instance) IdleBytes() int64 { return int64(i.Instance.IdleBytes()) }

// loading is one go at loading; err is set before done is closed.
type loading struct {
	done chan struct{}
	err  error
}

// Diagnosis says what a function's module is and how its memory is made clean.
type Diagnosis struct {
	Report        // of the module; empty until it was loaded
	Loaded bool   // false until the first call of a function that was only noted
	Reset  string // how memory is made clean
	Reason string // why it is not made clean in the fastest way; "" when it is
}

func diagnosisOf(m *wasm.Module, bytes int64) *Diagnosis {
	return &Diagnosis{
		Report: reportOf(m.Info(), m.Kind(), bytes),
		Loaded: true,
		Reset:  m.Reset(),
		Reason: m.Reason(),
	}
}

// Diagnose returns what is known of the function's module.
func (f *Function) Diagnose() Diagnosis {
	if d := f.diagnosis.Load(); d != nil {
		return *d
	}
	return Diagnosis{}
}

// Load returns how many runs go on and how many calls wait.
func (f *Function) Load() (running, queued int) { return f.lane.Stats() }

// instances returns how many instances the function has, idle ones included.
func (f *Function) instances() int {
	l := f.loaded.Load()
	if l == nil {
		return 0
	}
	idle, used := l.pool.Stats()
	return idle + used
}

// Retire takes the function out of service. Calls in flight finish; the last
// of them frees what the function held. It may be called once.
func (f *Function) Retire() {
	if l := f.loaded.Load(); l != nil {
		l.pool.Retire()
	}
	f.release()
}

// acquire keeps the function loaded for one more call.
func (f *Function) acquire() bool {
	for {
		n := f.refs.Load()
		if n == 0 {
			return false
		}
		if f.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (f *Function) release() {
	if f.refs.Add(-1) > 0 {
		return
	}
	f.stats.Close()
	if l := f.loaded.Load(); l != nil {
		f.engine.shelf.takeDown(l)
	}
}

// try loads the function and makes one instance, which is kept for the first
// call.
func (f *Function) try(ctx context.Context) error {
	l, err := f.ready(ctx)
	if err != nil {
		return err
	}
	defer func() { l.release(f.engine.shelf.now()) }()
	inst, err := l.pool.Get(ctx)
	if err != nil {
		return faultOf(err, Policy{})
	}
	l.pool.Put(inst)
	return nil
}

// ready returns the loaded function, which the caller releases, and loads it
// when it is not loaded. Calls that come meanwhile wait for it; when loading
// fails, they fail with it, and the next call tries again.
func (f *Function) ready(ctx context.Context) (*loaded, error) {
	for {
		if l := f.loaded.Load(); l != nil {
			if l.hold() {
				return l, nil
			}
			f.loaded.CompareAndSwap(l, nil) // it is being taken down
		}
		mine := &loading{done: make(chan struct{}), err: errLoad}
		if f.loading.CompareAndSwap(nil, mine) {
			return f.lead(ctx, mine)
		}
		other := f.loading.Load()
		if other == nil {
			continue
		}
		select {
		case <-other.done:
			if other.err != nil {
				return nil, other.err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// errLoad is what the others get when loading panics.
var errLoad = errors.New("the function could not be loaded")

// lead loads the function for all that wait for mine.
func (f *Function) lead(ctx context.Context, mine *loading) (*loaded, error) {
	defer func() {
		f.loading.Store(nil)
		close(mine.done)
	}()
	if l := f.loaded.Load(); l != nil && l.hold() { // somebody else was faster
		mine.err = nil
		return l, nil
	}
	l, err := f.load(ctx)
	if mine.err = err; err != nil {
		return nil, err
	}
	f.loaded.Store(l)
	return l, nil
}

// load returns the function loaded and on the shelf, held by the caller.
func (f *Function) load(ctx context.Context) (*loaded, error) {
	e := f.engine
	bytes, err := e.opt.Modules(ctx, f.Spec.Module)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "module %s can't be read", f.Spec.Module)
	}
	if guess := uint64(len(bytes)) * codePerWasm; e.opt.Code > 0 && guess > e.opt.Code {
		return nil, fault.New(fault.ModuleTooLarge, "function %s: the code of its module takes about %d bytes, the server has %d for all functions",
			f.Spec.Function, guess, e.opt.Code).WithHint("make the module smaller or raise engine.code")
	}
	reserved, ok := e.shelf.reserve(f.Spec.Module, int64(len(bytes))*codePerWasm)
	if !ok {
		return nil, errNoRoom()
	}
	module, err := e.wasm.Load(ctx, f.wasmSpec(bytes))
	if err != nil {
		e.shelf.unreserve(reserved)
		return nil, err
	}
	l := f.loadedOf(module, int64(len(bytes)))
	if !e.shelf.put(l, reserved) {
		l.close()
		return nil, errNoRoom()
	}
	f.diagnosis.Store(diagnosisOf(module, int64(len(bytes))))
	return l, nil
}

// codePerWasm is how much memory the code of a module is thought to take before
// it was compiled, by the size of the module.
const codePerWasm = 5

func errNoRoom() *fault.Error {
	return fault.New(fault.Busy, "the server has no room for the code of another function").
		WithHint("raise engine.code: all functions that are loaded are in use")
}

func (f *Function) loadedOf(module *wasm.Module, bytes int64) *loaded {
	e := f.engine
	l := &loaded{fn: f, module: module, code: int64(module.CodeBytes()), own: int64(module.ImageBytes()) + bytes}
	l.holders.Store(2) // the shelf and the caller
	l.used.Store(int64(e.shelf.now()))
	l.pool = pool.New(pool.Options[instance]{
		Make:         func(ctx context.Context) (instance, error) { return f.instantiate(ctx, module) },
		Budget:       e.budget,
		MaxInstances: f.Spec.Concurrency,
		Bytes:        int64(module.Info().Memory.Min) * pageSize,
		Idle:         e.opt.Idle,
		Rest:         restAfter,
		MinUses:      minUses,
		MaxUses:      maxUses,
	})
	return l
}

// instantiate makes an instance because none is idle.
func (f *Function) instantiate(ctx context.Context, module *wasm.Module) (instance, error) {
	f.stats.ColdStart()
	inst, err := module.Instantiate(ctx)
	if err != nil {
		return instance{}, err
	}
	return instance{inst, f.engine.running.seat()}, nil
}

func (f *Function) wasmSpec(bytes []byte) wasm.Spec {
	isolation := wasm.Clean
	if f.Spec.Isolation == Warm {
		isolation = wasm.Warm
	}
	samples := make([]wasm.Sample, 0, len(f.Spec.Prime))
	for _, s := range f.Spec.Prime {
		samples = append(samples, wasm.Sample(s))
	}
	return wasm.Spec{
		Wasm:        bytes,
		MaxMemory:   f.Spec.Memory,
		Environment: f.Spec.Environment,
		Isolation:   isolation,
		Prime:       samples,
		Services:    f.engine.opt.Services,
	}
}
