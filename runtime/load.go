package runtime

import (
	"context"
	"errors"
	"time"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/door"
	"github.com/postern-dev/postern/runtime/internal/pool"
	"github.com/postern-dev/postern/runtime/internal/wasm"
)

// pageSize is the size of a page of linear memory.
const pageSize = 64 << 10

// An instance is used so often, by chance, and then replaced: what leaks from
// call to call does not last, and shows in tests.
const minUses, maxUses = 50_000, 100_000

// restAfter is how long an instance waits before it gives back the pages that it
// wrote and its stacks. The next call takes a fault on each page, some
// microseconds in all, which nobody notices once a second.
const restAfter = time.Second

// loading is one go at loading; err is set before done is closed.
type loading struct {
	done chan struct{}
	err  error
}

// try loads the function, which tries its module, and makes one instance, which
// is kept for the first call. Without room for that the first call has to make
// it: that others use all room at the moment says nothing of the function.
func (f *Function) try(ctx context.Context) error {
	l, err := f.ready(ctx, 0)
	if err != nil {
		return err
	}
	defer func() { l.release(0, f.engine.shelf.now()) }()
	var near pool.Near
	place, err := l.pool.Get(ctx, &near)
	if err != nil {
		if err = faultOf(err, Policy{}); fault.CodeOf(err) == fault.Busy {
			return nil
		}
		return err
	}
	l.pool.Put(place, &near, f.engine.shelf.now())
	return nil
}

// ready returns the loaded function, which the caller, whose number is near,
// releases, and loads it when it is not loaded. Calls that come meanwhile wait for it; when loading
// fails, they fail with it, and the next call tries again.
func (f *Function) ready(ctx context.Context, near uint32) (*loaded, error) {
	for {
		if l := f.loaded.Load(); l != nil {
			if l.hold(near) {
				return l, nil
			}
			f.loaded.CompareAndSwap(l, nil) // it is being taken down
		}
		mine := &loading{done: make(chan struct{}), err: errLoad}
		if f.loading.CompareAndSwap(nil, mine) {
			return f.lead(ctx, near, mine)
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
func (f *Function) lead(ctx context.Context, near uint32, mine *loading) (*loaded, error) {
	defer func() {
		f.loading.Store(nil)
		close(mine.done)
	}()
	if l := f.loaded.Load(); l != nil && l.hold(near) { // somebody else was faster
		mine.err = nil
		return l, nil
	}
	l, err := f.load(ctx, near)
	if mine.err = err; err != nil {
		return nil, err
	}
	f.loaded.Store(l)
	return l, nil
}

// load returns the function loaded and on the shelf, held by the caller.
func (f *Function) load(ctx context.Context, near uint32) (*loaded, error) {
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
		return nil, ofSystem(err, "function")
	}
	l := f.loadedOf(module, int64(len(bytes)))
	l.hold(near)
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

// bytesPerLoaded is what a loaded function takes however small it is.
const bytesPerLoaded = 12 << 10

func errNoRoom() *fault.Error {
	return fault.New(fault.Busy, "the server has no room for the code of another function").
		WithHint("all functions that are loaded are in use: raise engine.code, or the limit of open files")
}

func (f *Function) loadedOf(module *wasm.Module, bytes int64) *loaded {
	e := f.engine
	l := &loaded{fn: f, module: module, users: door.New(func() {}), code: int64(module.CodeBytes()), own: int64(module.ImageBytes()) + bytes + bytesPerLoaded}
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
		Guess:       f.guess(),
		Services:    f.engine.opt.Services,
	}
}
