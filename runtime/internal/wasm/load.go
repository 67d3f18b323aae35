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
	m := &Module{
		runtime:     r,
		maxMemory:   spec.MaxMemory,
		environment: slices.Clone(spec.Environment),
		isolation:   spec.Isolation,
		services:    spec.Services,
	}
	m.users.Store(1)
	if err := m.prepare(ctx, &spec); err != nil {
		m.release()
		return nil, err
	}
	r.options.Log.Debug().Str("kind", string(m.kind)).Str("toolchain", m.info.Toolchain).Int("bytes", len(spec.Wasm)).Bool("found", m.found).
		Str("reset", m.Reset()).Str("reason", m.reason).Bool("primed", m.primed).Str("priming", m.priming).Dur("took", time.Since(begun)).Msg("module loaded")
	return m, nil
}

// prepare gives the module its code and the state before its first instruction,
// and tries it.
func (m *Module) prepare(ctx context.Context, spec *Spec) error {
	load := m.loadWhole
	if a := m.runtime.archive; a != nil && len(spec.Wasm) >= a.from {
		load = m.loadArchived
	}
	if err := load(ctx, spec.Wasm); err != nil {
		return err
	}
	return m.try(spec)
}

func (m *Module) loadWhole(ctx context.Context, wasm []byte) error {
	whole, err := m.draft(ctx, wasm)
	if err != nil {
		return err
	}
	return m.build(ctx, whole)
}

// diagnose takes what was found out about the module, unless it cannot be loaded.
func (m *Module) diagnose(info *rewrite.Info) error {
	kind, err := m.runtime.judge(info, m.maxMemory)
	if err != nil {
		return err
	}
	m.kind, m.info, m.reason = kind, info, info.Unfreezable
	m.hasRestored = exports(info, abi.ExportRestored)
	if kind == Command {
		m.isolation = Clean // a program starts anew for every call
	}
	return nil
}

// draft meters the module and, where that is possible, freezes it before its
// first instruction: then native code depends on the module alone, and images
// are put on top of it.
func (m *Module) draft(ctx context.Context, wasm []byte) (*artifact, error) {
	metered, err := rewrite.Meter(wasm)
	if err != nil {
		return nil, fmt.Errorf("meter the module: %w", err)
	}
	if err := m.diagnose(metered.Info); err != nil {
		return nil, err
	}
	whole := &artifact{Info: metered.Info, Wasm: metered.Wasm}
	if m.reason != "" {
		return whole, nil
	}
	if whole.Origin, err = m.begin(ctx, metered); err != nil {
		return nil, err
	}
	if whole.Wasm, err = rewrite.Freeze(metered, whole.Origin.state()); err != nil {
		return nil, fmt.Errorf("freeze the module: %w", err)
	}
	return whole, nil
}

// begin returns the state of an instance that has run nothing but its start
// function.
func (m *Module) begin(ctx context.Context, metered *rewrite.Metered) (*origin, error) {
	wasm := metered.Wasm
	if !m.info.Start {
		var err error
		if wasm, err = skeleton(wasm); err != nil {
			return nil, err
		}
	}
	compiled, err := m.runtime.compile(ctx, m.runtime.engine, wasm)
	if err != nil {
		return nil, err
	}
	defer compiled.Close(ctx)
	memory, err := image.NewMemory(nil, m.maxMemory)
	if err != nil {
		return nil, err
	}
	t := newTrial()
	i, err := m.newInstance(compiled, memory, m.startRun(), t)
	if err != nil {
		return nil, t.startFault(err)
	}
	o := &origin{Bytes: memory.Bytes(), Filled: segmentsOf(memory.Contents())}
	for _, g := range metered.Globals {
		o.Globals = append(o.Globals, g.Name)
		o.Values = append(o.Values, mutable(i.guest, g.Name).Get())
	}
	return o, i.Close()
}

// build compiles the module and takes the image of the state that it begins
// with.
func (m *Module) build(ctx context.Context, a *artifact) (err error) {
	if o := a.Origin; o != nil {
		memory, err := image.NewMemory(nil, m.maxMemory)
		if err != nil {
			return err
		}
		defer memory.Free()
		if err := o.fill(memory.Reallocate(o.Bytes)); err != nil {
			return err
		}
		if err := m.setImage(memory.Contents(), o.Values); err != nil {
			return err
		}
		m.globals = o.Globals
	}
	m.compiled, err = m.runtime.compile(ctx, m.runtime.engine, a.Wasm)
	return err
}

// takeImage makes the present state of i what new instances start from.
func (m *Module) takeImage(i *Instance) error {
	values := make([]uint64, len(i.globals))
	for n, g := range i.globals {
		values[n] = g.Get()
	}
	return m.setImage(i.memory.Contents(), values)
}

// setImage makes a state what new instances start from.
func (m *Module) setImage(memory image.Contents, values []uint64) error {
	im, err := m.runtime.takeImage(memory)
	if err != nil {
		return fmt.Errorf("take the image: %w", err)
	}
	if m.image != nil {
		err = m.image.Close()
	}
	m.image, m.values = im, values
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
