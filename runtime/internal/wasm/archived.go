package wasm

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/rewrite"
)

// loadArchived finds the module in the archive, or puts it there.
func (m *Module) loadArchived(ctx context.Context, wasm []byte) error {
	a := m.runtime.archive
	digest := digestOf(wasm)
	unlock, err := a.lock(ctx, digest)
	if err != nil {
		return err
	}
	defer unlock()
	if done, err := m.loadKept(ctx, digest); done || err != nil {
		return err
	}
	whole, err := m.draft(ctx, wasm)
	if err != nil {
		return err
	}
	if whole.Origin == nil || whole.Info.Start { // what a start function did may hold secrets
		return m.build(ctx, whole)
	}
	k, err := a.keep(ctx, digest, whole)
	if err == nil {
		err = m.rebuild(ctx, digest, k)
	}
	if _, judged := errors.AsType[*fault.Error](err); err == nil || judged || ctx.Err() != nil {
		return err
	}
	m.warn(err, "a module can't be kept in the archive")
	return m.build(ctx, whole)
}

// loadKept loads what is kept of the module, if there is something and it is of
// use. An error is about the module.
func (m *Module) loadKept(ctx context.Context, digest string) (loaded bool, err error) {
	a := m.runtime.archive
	k, err := a.find(digest)
	if err != nil {
		m.warn(err, "a module can't be read from the archive")
	}
	if k == nil {
		return false, nil
	}
	if err := m.diagnose(k.Info); err != nil {
		return false, err
	}
	err = m.rebuild(ctx, digest, k)
	m.found = err == nil
	if m.found || ctx.Err() != nil || errors.Is(err, syscall.ENOMEM) { // which says nothing of the files
		return true, err
	}
	m.warn(errors.Join(err, a.drop(digest, k)), "a module in the archive is of no use")
	return false, nil
}

// warn tells the operator of what the load goes on in spite of.
func (m *Module) warn(err error, message string) {
	m.runtime.options.Log.Warn().Err(err).Msg(message)
}

// rebuild builds the module from the archive, and makes sure that its native
// code is that of the whole module.
func (m *Module) rebuild(ctx context.Context, digest string, k *kept) error {
	err := m.build(ctx, &k.artifact)
	if err == nil {
		err = m.probe()
	}
	if err == nil {
		m.files = m.runtime.archive.files(digest, k)
		used(m.files)
		return nil
	}
	if m.compiled != nil {
		err = errors.Join(err, m.compiled.Close(ctx))
		m.compiled = nil
	}
	return err
}

// probe calls the function that does nothing, which only a shell without its
// code traps in.
func (m *Module) probe() error {
	run := m.startRun()
	i, err := m.clone(run, newTrial())
	if err != nil {
		return err
	}
	probe := newEntry(i.guest, rewrite.ProbeName)
	if probe == nil {
		return errors.Join(errors.New("it has no probe"), i.Close())
	}
	i.begin(run)
	if err := i.end(probe.call(i, nil)); err != nil {
		return errors.Join(fmt.Errorf("the cache has no native code for it: %v", err), i.Close()) // no fault of the module
	}
	return i.Close()
}
