package wasm

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/image"
	"github.com/postern-dev/postern/runtime/internal/rewrite"
)

// Load checks, meters and compiles a module, tries it, and takes the image that
// its instances start from. An error is a fault whose message is for the author
// of the function. It takes as long as compiling does and waits for a slot; ctx
// ends the waiting.
func (r *Runtime) Load(ctx context.Context, spec Spec) (*Module, error) {
	info, kind, err := r.Check(spec.Wasm, spec.MaxMemory)
	if err != nil {
		return nil, err
	}
	metered, err := rewrite.Meter(spec.Wasm)
	if err != nil {
		return nil, fmt.Errorf("meter the module: %w", err)
	}
	compiled, err := r.compile(ctx, metered.Wasm)
	if err != nil {
		return nil, invalidModule(err)
	}
	m := &Module{
		runtime: r, kind: kind, info: info,
		maxMemory:   spec.MaxMemory,
		environment: slices.Clone(spec.Environment),
		isolation:   spec.Isolation,
		services:    spec.Services,
		hasRestored: exports(info, abi.ExportRestored),
		code:        code{compiled: compiled},
	}
	m.users.Store(1)
	if kind == Command {
		m.isolation = Clean // a program starts anew for every call
	}
	if err := m.prepare(ctx, spec.Prime, metered); err != nil {
		m.release()
		return nil, err
	}
	return m, nil
}

// invalidModule is what the engine says to a module that the rewriter took.
func invalidModule(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fault.Wrap(fault.BadModule, err, "the module is not valid: %v", err).
		WithHint("Build it again and upload the whole file; the bytes are damaged or their producer has a bug.")
}

// prepare tries the module and replaces its code by a frozen one with an image,
// if that can be.
func (m *Module) prepare(ctx context.Context, samples []Sample, metered *rewrite.Metered) error {
	t := newTrial()
	i, err := m.startInstance(t)
	if err != nil {
		return t.startFault(err)
	}
	if m.info.Unfreezable != "" {
		m.reason = m.info.Unfreezable
		return i.Close()
	}
	if m.kind == Function && len(samples) > 0 {
		if err := i.prime(samples); err != nil {
			// What these calls left behind must not become everybody's start.
			m.reason = fmt.Sprintf("not primed: %s", err)
			if err := i.Close(); err != nil {
				return err
			}
			if i, err = m.startInstance(newTrial()); err != nil {
				return t.startFault(err)
			}
		}
	}
	if err := m.freeze(ctx, i, metered); err != nil {
		return errors.Join(err, i.Close())
	}
	return i.Close()
}

// freeze makes the state of i what all instances start from.
func (m *Module) freeze(ctx context.Context, i *Instance, metered *rewrite.Metered) error {
	state := rewrite.State{Pages: uint32(i.memory.Bytes() / wasmPage)}
	frozen := code{}
	var values []uint64
	for _, g := range metered.Globals {
		value := i.guest.ExportedGlobal(g.Name).Get()
		state.Globals = append(state.Globals, [2]uint64{value})
		frozen.globals = append(frozen.globals, g.Name)
		values = append(values, value)
	}
	wasm, err := rewrite.Freeze(metered, state)
	if err != nil {
		return fmt.Errorf("freeze the module: %w", err)
	}
	im, err := image.New(i.memory.View())
	if err != nil {
		return fmt.Errorf("take the image: %w", err)
	}
	if frozen.compiled, err = m.runtime.compile(ctx, wasm); err != nil {
		return errors.Join(fmt.Errorf("compile the frozen module: %w", err), im.Close())
	}
	metCode := m.code
	m.code, m.image, m.values = frozen, im, values
	return metCode.compiled.Close(ctx)
}

// wasmPage is the unit of linear memory.
const wasmPage = 64 << 10
