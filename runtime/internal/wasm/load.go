package wasm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/runtime/internal/image"
	"github.com/postern-dev/postern/runtime/internal/rewrite"
)

// Load checks, meters and compiles a module, tries it, and takes the image that
// its instances start from. An error is a fault whose message is for the author
// of the function. It takes as long as compiling does and waits for a slot; ctx
// ends the waiting.
func (r *Runtime) Load(ctx context.Context, spec Spec) (*Module, error) {
	begun := time.Now()
	if err := r.checkSize(spec.Wasm); err != nil {
		return nil, err
	}
	metered, err := rewrite.Meter(spec.Wasm)
	if err != nil {
		return nil, fmt.Errorf("meter the module: %w", err)
	}
	info := metered.Info
	kind, err := r.judge(info, spec.MaxMemory)
	if err != nil {
		return nil, err
	}
	m := &Module{
		runtime: r, kind: kind, info: info,
		maxMemory:   spec.MaxMemory,
		environment: slices.Clone(spec.Environment),
		isolation:   spec.Isolation,
		services:    spec.Services,
		hasRestored: exports(info, abi.ExportRestored),
	}
	m.users.Store(1)
	if kind == Command {
		m.isolation = Clean // a program starts anew for every call
	}
	if err := m.prepare(ctx, metered, &spec); err != nil {
		m.release()
		return nil, err
	}
	r.options.Log.Debug().Str("kind", string(kind)).Str("toolchain", info.Toolchain).Int("bytes", len(spec.Wasm)).
		Str("reset", m.Reset()).Str("reason", m.reason).Bool("primed", m.primed).Str("priming", m.priming).Dur("took", time.Since(begun)).Msg("module loaded")
	return m, nil
}

// prepare compiles the module and tries it. What can be frozen is compiled as
// it is before its first instruction, so that native code depends on the
// module alone and is found again in the cache; images are put on top of it.
func (m *Module) prepare(ctx context.Context, metered *rewrite.Metered, spec *Spec) error {
	wasm := metered.Wasm
	if m.reason = m.info.Unfreezable; m.reason == "" {
		state, err := m.origin(ctx, metered)
		if err != nil {
			return err
		}
		if wasm, err = rewrite.Freeze(metered, state); err != nil {
			return fmt.Errorf("freeze the module: %w", err)
		}
	}
	var err error
	if m.compiled, err = m.runtime.compile(ctx, wasm); err != nil {
		return err
	}
	return m.try(spec)
}

// origin takes the image of an instance that has run nothing but its start
// function, and returns the state to freeze.
func (m *Module) origin(ctx context.Context, metered *rewrite.Metered) (rewrite.State, error) {
	var state rewrite.State
	wasm := metered.Wasm
	if !m.info.Start {
		var err error
		if wasm, err = skeleton(wasm); err != nil {
			return state, err
		}
	}
	compiled, err := m.runtime.compile(ctx, wasm)
	if err != nil {
		return state, err
	}
	defer compiled.Close(ctx)
	memory, err := image.NewMemory(nil, m.maxMemory)
	if err != nil {
		return state, err
	}
	t := newTrial()
	i, err := m.newInstance(compiled, memory, m.startRun(), t)
	if err != nil {
		return state, t.startFault(err)
	}
	for _, g := range metered.Globals {
		m.globals = append(m.globals, g.Name)
		state.Globals = append(state.Globals, [2]uint64{mutable(i.guest, g.Name).Get()})
	}
	state.Pages = uint32(memory.Bytes() / wasmPage)
	i.globals = mutables(i.guest, m.globals)
	return state, errors.Join(m.takeImage(i), i.Close())
}

// takeImage makes the present state of i what new instances start from.
func (m *Module) takeImage(i *Instance) error {
	im, err := m.runtime.takeImage(i.memory.View())
	if err != nil {
		return fmt.Errorf("take the image: %w", err)
	}
	if m.image != nil {
		err = m.image.Close()
	}
	m.image, m.values = im, nil
	for _, g := range i.globals {
		m.values = append(m.values, g.Get())
	}
	return err
}

// try starts the module, primes it when that leaves nothing behind that a call
// could see, and takes the image for good.
func (m *Module) try(spec *Spec) error {
	t := newTrial()
	i, err := m.startInstance(t)
	if err != nil {
		return t.startFault(err)
	}
	if m.image == nil {
		m.priming = "no image of the module can be taken"
		return i.Close()
	}
	if m.kind == Command {
		m.priming = "a program starts anew for every call"
		return errors.Join(m.takeImage(i), i.Close())
	}
	if len(spec.Prime) > 0 {
		return m.tryPrimed(i, spec.Prime)
	}
	if err := errors.Join(m.takeImage(i), i.Close()); err != nil || spec.Guess == nil {
		return err
	}
	if m.isolation == Warm {
		m.priming = "made-up requests must not be the first that warm memory knows of"
		return nil
	}
	m.guess(spec.Guess())
	return nil
}

// tryPrimed takes the image of i, which just started, after it answered the
// samples, or of another one when they left something behind.
func (m *Module) tryPrimed(i *Instance, samples []Sample) error {
	problem := i.prime(samples)
	if m.primed = problem == ""; m.primed {
		m.priming = "the manifest's events"
		return errors.Join(m.takeImage(i), i.Close())
	}
	m.priming = problem
	if err := i.Close(); err != nil {
		return err
	}
	t := newTrial()
	i, err := m.startInstance(t)
	if err != nil {
		return t.startFault(err)
	}
	return errors.Join(m.takeImage(i), i.Close())
}

// startRun bounds what runs before the first call.
func (m *Module) startRun() *Run { return &Run{Deadline: time.Now().Add(m.runtime.startLimit)} }

// wasmPage is the unit of linear memory.
const wasmPage = 64 << 10
