package runtime

import (
	"context"
	"errors"
	"sync/atomic"

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

// Function is one function of one version. It is safe for concurrent use.
type Function struct {
	Spec   Spec
	engine *Engine
	lane   *sched.Lane[*attempt]
	stats  *meter.Function
	refs   atomic.Int64 // calls in flight, and one until it is retired

	loaded  atomic.Pointer[loaded]
	loading atomic.Pointer[loading] // set while somebody loads it, so that it is once
}

// loaded is what a function needs to run.
type loaded struct {
	module *wasm.Module
	bytes  int64 // of the module as it was uploaded
	pool   *pool.Pool[instance]
}

// instance is a wasm instance as a pool wants it.
type instance struct{ *wasm.Instance }

// Close frees the instance. A failure would leave nothing to be done: the
// memory is given back in any case.
func (i instance) Close() { _ = i.Instance.Close() }

// Bytes is what the instance counts for in the budget of all linear memory.
func (i instance) Bytes() int64 { return int64(i.Instance.Bytes()) }

// loading is one go at loading; its result is set before done is closed.
type loading struct {
	done   chan struct{}
	result *loaded
	err    error
}

// Diagnosis says what a function's module is and how its memory is made clean.
type Diagnosis struct {
	Loaded    bool   // false until the first call of a function that was only noted
	Bytes     int64  // size of the module
	Kind      string // "function" or "command"
	Toolchain string // what built it, "" when it does not say
	Reset     string // how memory is made clean
	Reason    string // why it is not made clean in the fastest way; "" when it is
}

// Diagnose returns what is known of the function's module.
func (f *Function) Diagnose() Diagnosis {
	l := f.loaded.Load()
	if l == nil {
		return Diagnosis{}
	}
	return Diagnosis{
		Loaded:    true,
		Bytes:     l.bytes,
		Kind:      string(l.module.Kind()),
		Toolchain: l.module.Info().Toolchain,
		Reset:     l.module.Reset(),
		Reason:    l.module.Reason(),
	}
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
		l.pool.Close()
		l.module.Close()
	}
}

// try loads the function and makes one instance, which is kept for the first
// call.
func (f *Function) try(ctx context.Context) error {
	l, err := f.ready(ctx)
	if err != nil {
		return err
	}
	inst, err := l.pool.Get(ctx)
	if err != nil {
		return faultOf(err, Policy{})
	}
	l.pool.Put(inst)
	return nil
}

// ready returns the loaded function and loads it when it is not yet. Calls
// that come meanwhile wait for it; when loading fails, the next call tries
// again.
func (f *Function) ready(ctx context.Context) (*loaded, error) {
	for {
		if l := f.loaded.Load(); l != nil {
			return l, nil
		}
		mine := &loading{done: make(chan struct{})}
		if f.loading.CompareAndSwap(nil, mine) {
			mine.result, mine.err = f.load(ctx)
			f.loaded.Store(mine.result)
			f.loading.Store(nil)
			close(mine.done)
			return mine.result, mine.err
		}
		other := f.loading.Load()
		if other == nil {
			continue
		}
		select {
		case <-other.done:
			return other.result, other.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (f *Function) load(ctx context.Context) (*loaded, error) {
	e := f.engine
	bytes, err := e.opt.Modules(ctx, f.Spec.Module)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "module %s can't be read", f.Spec.Module)
	}
	module, err := e.wasm.Load(ctx, f.wasmSpec(bytes))
	if err != nil {
		return nil, err
	}
	p := pool.New(pool.Options[instance]{
		Make:         func(ctx context.Context) (instance, error) { return f.instantiate(ctx, module) },
		Budget:       e.budget,
		MaxInstances: f.Spec.Concurrency,
		Bytes:        int64(module.Info().Memory.Min) * pageSize,
		Idle:         e.opt.Idle,
		MinUses:      minUses,
		MaxUses:      maxUses,
	})
	return &loaded{module: module, bytes: int64(len(bytes)), pool: p}, nil
}

// instantiate makes an instance because none is idle.
func (f *Function) instantiate(ctx context.Context, module *wasm.Module) (instance, error) {
	f.stats.ColdStart()
	inst, err := module.Instantiate(ctx)
	return instance{inst}, err
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
