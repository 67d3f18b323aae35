package wasm

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/tetratelabs/wazero"

	"github.com/postern-dev/postern/runtime/internal/image"
	"github.com/postern-dev/postern/runtime/internal/rewrite"
	"github.com/postern-dev/postern/runtime/service"
)

// Isolation says what a call may see of the calls before it.
type Isolation string

// The two kinds of isolation.
const (
	Clean Isolation = "clean" // nothing
	Warm  Isolation = "warm"  // whatever the function left in memory
)

// Sample is an event with its context to prime a function with.
type Sample struct {
	Event, Context []byte
}

// Spec says what to load and what its instances may use. The runtime keeps the
// environment and the services, and none of the other slices.
type Spec struct {
	Wasm        []byte
	MaxMemory   uint64   // bytes of linear memory, per instance
	Environment []string // "NAME=value", sorted
	Isolation   Isolation
	Prime       []Sample
	Guess       func() []Guess // made-up requests, asked for when Prime is empty; nil: none
	Services    *service.Set   // nil: none
}

// Module is a function that was compiled and tried. It makes instances and is
// safe for concurrent use.
type Module struct {
	runtime     *Runtime
	kind        Kind
	info        *rewrite.Info
	maxMemory   uint64
	environment []string
	isolation   Isolation
	services    *service.Set
	hasRestored bool // exports postern_restored

	found    bool     // in the archive
	files    []string // of the archive, which it uses
	compiled wazero.CompiledModule
	image    *image.Image // nil: every instance is initialised by itself
	globals  []string     // names of the globals that belong to the image
	values   []uint64     // of globals
	reason   string
	primed   bool
	priming  string // with what, or why not

	users atomic.Int64 // the owner and every instance
}

// Kind returns how the module is driven.
func (m *Module) Kind() Kind { return m.kind }

// Info returns the diagnosis of the module as it was uploaded.
func (m *Module) Info() *rewrite.Info { return m.info }

// Reset returns how an instance is made ready for the next call: "dirty pages",
// "full copy", "fresh instance" or, with warm isolation, "none".
func (m *Module) Reset() string {
	switch {
	case m.isolation == Warm:
		return "none"
	case m.image == nil:
		return "fresh instance"
	case m.image.Strategy() == "copy":
		return "full copy"
	}
	return "dirty pages"
}

// Reason returns why the module has no image; "" when it has one.
func (m *Module) Reason() string { return m.reason }

// Priming reports whether the image was taken after calls, and says after which,
// or why not; "" when nobody gave an event.
func (m *Module) Priming() (primed bool, how string) { return m.primed, m.priming }

// nativePerWasm is how much larger native code is than the wasm code that it
// was compiled from, measured over several toolchains.
const nativePerWasm = 5

// CodeBytes returns about how much memory the native code takes, which all
// instances share. The engine does not tell exactly.
func (m *Module) CodeBytes() uint64 { return uint64(m.info.CodeBytes) * nativePerWasm }

// ImageBytes returns how much memory the image takes, which all instances
// share; 0 when there is none.
func (m *Module) ImageBytes() uint64 {
	if m.image == nil {
		return 0
	}
	return m.image.Held()
}

// Instantiate returns an instance that is ready for its first call: a clone of
// the image, if there is one. It is an error after Close.
func (m *Module) Instantiate(ctx context.Context) (*Instance, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("instantiate: %w", context.Cause(ctx))
	}
	if !m.hold() {
		return nil, errors.New("instantiate: the module is closed")
	}
	defer m.release()
	if m.image == nil {
		i, err := m.startInstance(nil)
		if err != nil {
			return nil, fmt.Errorf("instantiate: %w", err)
		}
		return i, nil
	}
	i, err := m.clone(&Run{}, nil)
	if err != nil {
		return nil, fmt.Errorf("instantiate: %w", err)
	}
	i.fresh = true
	return i, nil
}

// clone returns an instance in the state of the image.
func (m *Module) clone(run *Run, t *trial) (*Instance, error) {
	memory, err := image.NewMemory(m.image, m.maxMemory)
	if err != nil {
		return nil, err
	}
	i, err := m.newInstance(m.compiled, memory, run, t)
	if err != nil {
		return nil, err
	}
	i.globals = mutables(i.guest, m.globals)
	i.restoreGlobals()
	return i, nil
}

// startInstance returns an instance after _initialize: a clone of what it is
// before its first instruction, if there is such an image. t is not nil when
// the module is being prepared.
func (m *Module) startInstance(t *trial) (*Instance, error) {
	run := m.startRun()
	i, err := m.unstarted(run, t)
	if err != nil {
		return nil, err
	}
	if err := i.start(run); err != nil {
		_ = i.Close() // the first error says more
		return nil, err
	}
	return i, nil
}

func (m *Module) unstarted(run *Run, t *trial) (*Instance, error) {
	if m.image != nil {
		return m.clone(run, t)
	}
	memory, err := image.NewMemory(nil, m.maxMemory)
	if err != nil {
		return nil, err
	}
	return m.newInstance(m.compiled, memory, run, t)
}

// Close gives the module up. Its instances may go on; what it holds is freed
// with the last of them.
func (m *Module) Close() { m.release() }

// hold keeps the module until release. It reports whether there is still
// something to keep.
func (m *Module) hold() bool {
	for {
		users := m.users.Load()
		if users == 0 {
			return false
		}
		if m.users.CompareAndSwap(users, users+1) {
			return true
		}
	}
}

func (m *Module) release() {
	if m.users.Add(-1) > 0 {
		return
	}
	used(m.files)
	// Neither can fail in a way that anybody could mend.
	if m.compiled != nil {
		_ = m.compiled.Close(context.Background())
	}
	if m.image != nil {
		_ = m.image.Close()
	}
}
