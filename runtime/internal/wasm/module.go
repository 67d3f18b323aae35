package wasm

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

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
	Services    *service.Set // nil: none
}

// code is a compiled module with the names of the globals that a reset sets.
type code struct {
	compiled wazero.CompiledModule
	globals  []string
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

	code   code         // frozen when there is an image, else metered
	image  *image.Image // nil: every instance is initialised by itself
	values []uint64     // of code.globals, in the image
	reason string

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
	case image.Strategy() == "copy":
		return "full copy"
	}
	return "dirty pages"
}

// Reason returns why the module has no image, or one that was taken before any
// call; "" when nothing is to be said.
func (m *Module) Reason() string { return m.reason }

// Instantiate returns an instance that is ready for its first call: a clone of
// the image, if there is one. It is an error after Close.
func (m *Module) Instantiate(ctx context.Context) (*Instance, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("instantiate: %w", context.Cause(ctx))
	}
	if m.image == nil {
		return m.startInstance(nil)
	}
	memory, err := image.NewMemory(m.image, m.maxMemory)
	if err != nil {
		return nil, fmt.Errorf("instantiate: %w", err)
	}
	i, err := m.newInstance(m.code, memory, &Run{}, nil)
	if err != nil {
		return nil, fmt.Errorf("instantiate: %w", err)
	}
	i.fresh = true
	m.users.Add(1)
	return i, nil
}

// startInstance returns an instance that was not cloned, after _initialize.
func (m *Module) startInstance(t *trial) (*Instance, error) {
	memory, err := image.NewMemory(nil, m.maxMemory)
	if err != nil {
		return nil, fmt.Errorf("instantiate: %w", err)
	}
	run := &Run{Deadline: time.Now().Add(m.runtime.startLimit)}
	i, err := m.newInstance(m.code, memory, run, t)
	if err != nil {
		return nil, err
	}
	m.users.Add(1)
	if err := i.start(run); err != nil {
		_ = i.Close() // the first error says more
		return nil, err
	}
	return i, nil
}

// Close gives the module up. Its instances may go on; what it holds is freed
// with the last of them.
func (m *Module) Close() { m.release() }

func (m *Module) release() {
	if m.users.Add(-1) > 0 {
		return
	}
	// Neither can fail in a way that anybody could mend.
	_ = m.code.compiled.Close(context.Background())
	if m.image != nil {
		_ = m.image.Close()
	}
}
