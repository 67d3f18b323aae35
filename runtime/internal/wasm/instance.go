package wasm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/image"
	"github.com/postern-dev/postern/runtime/internal/rewrite"
)

// errFresh says that an instance cannot be put back to how it was.
var errFresh = errors.New("the module has no image: every call needs a fresh instance")

// errGrown says that an instance keeps memory that its image does not have.
var errGrown = errors.New("the memory has grown to the maximum of the module")

// Instance is a running copy of a module. One caller at a time uses it, except
// for Kill and Bytes, which anybody may call at any time before Close.
type Instance struct {
	module  *Module
	memory  linear
	guest   api.Module
	driver  driver
	alloc   *entry // postern_alloc; nil for a command until it is needed
	fuel    api.MutableGlobal
	globals []api.MutableGlobal // those that the image has values for
	ctx     callContext
	trial   *trial // not nil while the module is being prepared

	broken bool // it failed once and must not run again
	closed bool
	fresh  bool // memory was put back since the last call
	moved  int  // how often an entry was opened anew

	// Of the run under way.
	run        *Run
	meter      meter
	entered    *entry       // the innermost way into wasm code
	ended      *fault.Error // why a host import ended it
	failed     bool         // it called fail, with this message:
	failure    string
	exited     bool // it called proc_exit, with this code:
	exitCode   uint32
	allocating bool // the host is inside postern_alloc
	out, err   lines

	refusedBefore int    // growths of memory that runs before this one were refused
	crowded       bool   // a growth was refused because others use the server's memory
	answer        []byte // room for the answer of a service

	killed atomic.Pointer[fault.Error]
	wake   chan struct{} // has a token once somebody killed it

	mu     sync.Mutex
	cancel context.CancelFunc // ends the service call under way; nil: none
}

// callContext is the one context of all calls into an instance. It leads host
// imports to their instance and never ends: runs end by fuel.
type callContext struct {
	context.Context
	instance *Instance
}

type instanceKey struct{}

func (c *callContext) Value(key any) any {
	if key == (instanceKey{}) {
		return c.instance
	}
	return nil
}

// instanceOf returns the instance that calls a host import.
func instanceOf(ctx context.Context) *Instance { return ctx.Value(instanceKey{}).(*Instance) }

// newInstance instantiates c with memory, which it owns from then on. A start
// function, which only modules that are not frozen have, runs under the limits
// of run. t is not nil when the module is being prepared.
func (m *Module) newInstance(c wazero.CompiledModule, memory *image.Memory, run *Run, t *trial) (*Instance, error) {
	i := &Instance{module: m, memory: linear{Memory: memory}, trial: t, wake: make(chan struct{}, 1)}
	i.begin(run)
	i.ctx = callContext{Context: context.Background(), instance: i}
	ctx := experimental.WithMemoryAllocator(&i.ctx, experimental.MemoryAllocatorFunc(
		func(uint64, uint64) experimental.LinearMemory { return &i.memory }))
	guest, err := m.runtime.engine.InstantiateModule(ctx, c, m.runtime.config)
	if err != nil {
		memory.Free()
		return nil, i.outcome(err)
	}
	i.guest, i.fuel = guest, mutable(guest, rewrite.FuelGlobal)
	i.driver = m.kind.bind(guest)
	if m.kind == Function {
		i.alloc = newEntry(guest, abi.ExportAlloc)
	}
	m.users.Add(1)
	return i, nil
}

// mutable returns a global that the rewriter exported.
func mutable(guest api.Module, name string) api.MutableGlobal {
	return guest.ExportedGlobal(name).(api.MutableGlobal)
}

// mutables returns globals that the rewriter exported.
func mutables(guest api.Module, names []string) []api.MutableGlobal {
	globals := make([]api.MutableGlobal, len(names))
	for n, name := range names {
		globals[n] = mutable(guest, name)
	}
	return globals
}

// restoreGlobals gives all globals the image's values.
func (i *Instance) restoreGlobals() {
	for n, g := range i.globals {
		g.Set(i.module.values[n])
	}
}

// Call runs the function once. The reply lies in the instance's own memory: it
// is good until the next Call, Reset or Close. An error is a fault; after one
// the instance is broken and only good for Close.
func (i *Instance) Call(run *Run) ([]byte, error) {
	if i.broken {
		return nil, fault.New(fault.Internal, "a broken instance was called")
	}
	if f := i.killed.Load(); f != nil {
		i.broken = true
		return nil, f
	}
	i.memory.BeginUse()
	defer i.memory.EndUse()
	i.begin(run)
	reply, err := i.handle()
	if err = i.end(err); err != nil {
		return nil, err
	}
	return reply, nil
}

// handle lets the function answer the event of the run under way.
func (i *Instance) handle() ([]byte, error) {
	if size := len(i.run.Event); size > abi.MaxEvent {
		return nil, fault.New(fault.TooLarge, "the event has %d bytes, the limit is %d", size, abi.MaxEvent)
	}
	if i.fresh {
		i.fresh = false
		if err := i.driver.restored(i); err != nil {
			return nil, err
		}
	}
	return i.driver.call(i)
}

// start initialises an instance that was not cloned, within the limits of run.
func (i *Instance) start(run *Run) error {
	i.begin(run)
	return i.end(i.driver.initialise(i))
}

// Kill ends the run under way with err, a fault or the cause of one; nil means
// that an operator wanted it. When no run is under way it ends the next one
// before it starts: a killed instance never runs again. The first reason
// counts.
func (i *Instance) Kill(err error) {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		f = fault.Wrap(fault.Killed, err, "the run was ended")
	}
	if !i.killed.CompareAndSwap(nil, f) {
		return
	}
	i.wake <- struct{}{} // there is room: only the first kill gets here
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.cancel != nil {
		i.cancel()
	}
}

// Reset makes the instance ready for the next Call: with clean isolation its
// memory and globals are the image's again. An error means that it must be
// closed and replaced by a new one.
func (i *Instance) Reset() error {
	if i.broken || i.killed.Load() != nil {
		return errors.New("the instance is broken")
	}
	if i.module.isolation == Warm {
		return nil
	}
	if i.module.image == nil {
		return errFresh
	}
	grown := i.memory.Bytes() > i.module.image.Bytes()
	if err := i.memory.Reset(); err != nil {
		return err
	}
	if grown && !i.memory.cut(i.guest.Memory()) {
		return errGrown
	}
	i.restoreGlobals()
	i.fresh = true
	return nil
}

// Rest gives the pages that belong to this instance alone back to the system,
// and the stacks of its runs; the next call is slower for it. It is for instances that are going to be
// idle, and does nothing unless memory was reset and not used since.
func (i *Instance) Rest() error {
	if !i.fresh || i.broken {
		return nil
	}
	i.driver.rest()
	i.alloc.close()
	return i.memory.Rest()
}

// Bytes returns the length of the linear memory, of which an idle instance
// holds only a part.
func (i *Instance) Bytes() uint64 { return i.memory.Bytes() }

// IdleBytes returns about how much memory the instance has for itself after a
// Reset: the pages that it wrote, rounded up, while the others are the image's.
func (i *Instance) IdleBytes() uint64 {
	bytes := i.memory.Bytes()
	if i.module.isolation == Warm || i.module.image == nil || i.module.image.Strategy() == "copy" {
		return bytes
	}
	private := (uint64(i.memory.Private()*os.Getpagesize()) + wasmPage - 1) / wasmPage * wasmPage
	return min(bytes, private+wasmPage)
}

// Close frees the instance. No run may be under way. Only the first call has an
// effect.
func (i *Instance) Close() error {
	if i.closed {
		return nil
	}
	i.closed, i.broken = true, true
	err := i.guest.Close(context.Background())
	i.memory.Free() // wazero has done so already, unless closing failed
	i.module.release()
	if err != nil {
		return fmt.Errorf("close an instance: %w", err)
	}
	return nil
}
