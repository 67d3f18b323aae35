package deploy

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/flavour"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/runtime/registry"
)

// Options says what apps are made of.
type Options struct {
	Registry  *registry.Registry
	Engine    *runtime.Engine
	IDs       *runtime.IDs
	Flavours  []flavour.Flavour // the first is the default
	MaxModule int64             // bytes
	Deleted   func(app string)  // told of every app that is gone; nil for nobody
	Log       zerolog.Logger
}

// Apps owns which apps are in service. It is safe for concurrent use: requests
// read an immutable table, which every change replaces whole.
type Apps struct {
	opt       Options
	table     atomic.Pointer[Table]
	switching chan struct{} // holds one token: whoever has it may replace the table
}

// Open puts the current version of every app of the registry into service.
// Their functions are loaded when they are called. An app that cannot be put
// into service is logged and left out; it does not keep the others from
// starting.
func Open(ctx context.Context, opt Options) (*Apps, error) {
	a := &Apps{opt: opt, switching: make(chan struct{}, 1)}
	a.switching <- struct{}{}
	versions, err := opt.Registry.Current(ctx)
	if err != nil {
		return nil, fmt.Errorf("read apps: %w", err)
	}
	apps := make(map[string]*app, len(versions))
	for _, v := range versions {
		in, err := a.plan(v)
		if err != nil {
			opt.Log.Error().Err(err).Str("app", v.App).Str("version", v.Digest).Msg("the app is not in service")
			continue
		}
		in.add(opt.Engine)
		apps[v.App] = in
	}
	table, err := newTable(apps)
	if err != nil {
		return nil, fmt.Errorf("build route table: %w", err)
	}
	a.table.Store(table)
	return a, nil
}

// Table returns the table of this moment. It is immutable.
func (a *Apps) Table() *Table { return a.table.Load() }

// Deploy checks the bundle whole, has the engine compile and try every module,
// records the version and puts it into service. When it returns an error
// nothing changed; when it returns a report the version is on disk. Calls in
// flight finish on the version they started with.
func (a *Apps) Deploy(ctx context.Context, b *Bundle) (*Report, error) {
	v, err := a.store(ctx, b)
	if err != nil {
		return nil, err
	}
	return a.bring(ctx, v, func() (registry.Version, error) { return a.opt.Registry.Deploy(ctx, v) })
}

// Rollback puts a version that was deployed before into service again, named
// by its digest or the beginning of it; "" names the one before the current.
func (a *Apps) Rollback(ctx context.Context, name, version string) (*Report, error) {
	v, err := a.findVersion(ctx, name, version)
	if err != nil {
		return nil, err
	}
	return a.bring(ctx, v, func() (registry.Version, error) { return a.opt.Registry.Activate(ctx, name, v.Digest) })
}

func (a *Apps) findVersion(ctx context.Context, name, version string) (registry.Version, error) {
	if version == "" {
		return a.opt.Registry.Previous(ctx, name)
	}
	return a.opt.Registry.FindVersion(ctx, name, version)
}

// bring loads a version, commits it and swaps the table.
func (a *Apps) bring(ctx context.Context, v registry.Version, commit func() (registry.Version, error)) (*Report, error) {
	next, err := a.plan(v)
	if err != nil {
		return nil, err
	}
	if err := next.load(ctx, a.opt.Engine); err != nil {
		return nil, err
	}
	before, err := a.replace(ctx, v.App, next, func() error {
		committed, err := commit()
		next.deployed = committed.Activated
		return err
	})
	if err != nil {
		next.retire()
		return nil, err
	}
	report := next.report()
	if before != nil {
		before.retire()
		report.Previous = before.version
		report.Unchanged = before.version == next.version
	}
	return report, nil
}

// Delete takes the app out of service and forgets all of its versions.
func (a *Apps) Delete(ctx context.Context, name string) error {
	before, err := a.replace(ctx, name, nil, func() error { return a.opt.Registry.Delete(ctx, name) })
	if err != nil {
		return err
	}
	if before != nil {
		before.retire()
	}
	if a.opt.Deleted != nil {
		a.opt.Deleted(name)
	}
	return nil
}

// replace builds the table with next in place of the app called name, has it
// committed and swaps it. It returns the app that was there before, or nil. One
// change is made at a time.
func (a *Apps) replace(ctx context.Context, name string, next *app, commit func() error) (*app, error) {
	select {
	case <-a.switching:
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, ctx.Err(), "the change was given up")
	}
	defer func() { a.switching <- struct{}{} }()
	old := a.table.Load()
	apps := make(map[string]*app, len(old.apps)+1)
	for k, v := range old.apps {
		apps[k] = v
	}
	delete(apps, name)
	if next != nil {
		apps[name] = next
	}
	table, err := newTable(apps)
	if err != nil {
		return nil, err
	}
	if err := commit(); err != nil {
		return nil, err
	}
	a.table.Store(table)
	return old.apps[name], nil
}

// Sweep removes modules and old versions that nothing needs any more.
func (a *Apps) Sweep(ctx context.Context) error {
	removed, err := a.opt.Registry.Sweep(ctx)
	if err != nil {
		return fmt.Errorf("sweep modules: %w", err)
	}
	if removed > 0 {
		a.opt.Log.Info().Int("modules", removed).Msg("swept")
	}
	return nil
}

// queueTime is what an operator's call may wait for a slot.
const queueTime = 10 * time.Second

// Invoke calls a function with an event, the way a request would, with its
// limits but with one attempt.
func (a *Apps) Invoke(ctx context.Context, name, function string, event []byte) (*Invocation, error) {
	for {
		in, err := a.find(name)
		if err != nil {
			return nil, err
		}
		f := in.function(function)
		if f == nil {
			return nil, fault.New(fault.NotFound, "app %s has no function %q", name, function)
		}
		call, err := f.fn.NewCall()
		if errors.Is(err, runtime.ErrRetired) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return a.invoke(ctx, in, f, call, event)
	}
}

func (a *Apps) invoke(ctx context.Context, in *app, f *function, call *runtime.Call, event []byte) (*Invocation, error) {
	defer call.Release()
	id := a.opt.IDs.Next()
	call.Event = append(call.Event, event...)
	call.RequestID = id
	call.Policy = runtime.Policy{Attempts: 1, Patience: f.spec.RunLimit + queueTime}
	begun := time.Now()
	reply, err := call.Invoke(ctx)
	if err != nil {
		return nil, err
	}
	cpu, memory := call.Spent()
	return &Invocation{
		RequestID:  id,
		Version:    in.version,
		Reply:      string(reply),
		DurationMs: time.Since(begun).Milliseconds(),
		CPU:        cpu,
		Memory:     memory,
	}, nil
}
