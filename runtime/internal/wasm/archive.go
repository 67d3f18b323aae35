package wasm

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/postern-dev/postern/runtime/internal/rewrite"
)

// archive keeps the artifacts of modules on disk, next to their native code, so
// that a module which was compiled once is loaded without reading its code
// again: to meter it, decode it and validate it takes longer than all the rest.
//
// wazero finds native code by the hash of the wasm that it is given. So the
// archive gives it a shell, which is the frozen module with traps for code, and
// puts the native code of the whole module where wazero looks for the shell's:
//
//	modules/<digest>    the artifact, whose wasm is the shell
//	wazero-…/<shell>    native code of the whole module
//
// Each shell has a random number of its own, so its place was never that of
// anything else. Should wazero look elsewhere after all, on another processor or
// after somebody tidied up, it compiles the shell as it is; then the probe that
// the rewriter adds to every module traps, and all is made anew.
type archive struct {
	folder  string // of the engine's cache
	from    int    // bytes of a module that is worth a place
	compile compiler

	mu   sync.Mutex
	busy map[string]chan struct{} // digests of modules under way; closed at the end
}

// compiler turns wasm into native code with an engine.
type compiler func(ctx context.Context, engine wazero.Runtime, wasm []byte) (wazero.CompiledModule, error)

func openArchive(folder string, c compiler) (*archive, error) {
	a := &archive{folder: folder, from: archiveFrom, compile: c, busy: map[string]chan struct{}{}}
	if err := os.MkdirAll(a.path(""), 0o700); err != nil {
		return nil, err
	}
	return a, a.removeScratch()
}

// archiveFrom is how large a module must be: below, to read its code takes no
// longer than to read its artifact.
const archiveFrom = 32 << 10

// artifactFormat is what this package writes into an artifact.
const artifactFormat = 1

// digestOf names a module, as this build of the program understands modules.
func digestOf(wasm []byte) string {
	version := rewrite.Version()
	all := sha256.New()
	all.Write(append(version[:], artifactFormat))
	all.Write(wasm)
	return hex.EncodeToString(all.Sum(nil))
}

func (a *archive) path(digest string) string { return filepath.Join(a.folder, "modules", digest) }

// lock lets one caller at a time work on a module, until unlock.
func (a *archive) lock(ctx context.Context, digest string) (unlock func(), err error) {
	mine := make(chan struct{})
	for {
		other := a.enter(digest, mine)
		if other == nil {
			return func() { a.leave(digest, mine) }, nil
		}
		select {
		case <-other:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the module: %w", context.Cause(ctx))
		}
	}
}

// enter makes mine the mark of a module under way, unless there is another one,
// which it returns.
func (a *archive) enter(digest string, mine chan struct{}) (other chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if other = a.busy[digest]; other == nil {
		a.busy[digest] = mine
	}
	return other
}

func (a *archive) leave(digest string, mine chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.busy, digest)
	close(mine)
}

// find returns what is kept of a module; nil when there is nothing.
func (a *archive) find(digest string) (*kept, error) {
	text, err := os.ReadFile(a.path(digest))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return decodeKept(text)
}

// keep compiles a whole module, which has an origin, and keeps it. An error that
// is a fault is about the module.
func (a *archive) keep(ctx context.Context, digest string, whole *artifact) (*kept, error) {
	dir, code, err := a.compileApart(ctx, whole.Wasm)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	k := &kept{artifact: *whole}
	if k.Wasm, err = shellOf(whole.Wasm); err != nil {
		return nil, err
	}
	var empty string
	if empty, k.Native, err = a.compileApart(ctx, k.Wasm); err != nil {
		return nil, err
	}
	defer os.RemoveAll(empty)
	text, err := k.encode()
	if err != nil {
		return nil, err
	}
	to := filepath.Join(a.folder, k.Native)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return nil, err
	}
	if err := os.Rename(filepath.Join(dir, code), to); err != nil {
		return nil, err
	}
	if err := replace(a.path(digest), text); err != nil {
		return nil, errors.Join(err, os.Remove(to))
	}
	return k, nil
}

// drop removes what is kept of a module.
func (a *archive) drop(digest string, k *kept) error {
	return errors.Join(remove(a.path(digest)), remove(filepath.Join(a.folder, k.Native)))
}

// shellOf returns wasm with traps for code and a number of its own.
func shellOf(wasm []byte) ([]byte, error) {
	shell, err := skeleton(wasm)
	if err != nil {
		return nil, err
	}
	const name = "postern:shell"
	body := append(append([]byte{byte(len(name))}, name...), rand.Text()...)
	return append(append(shell, sectionCustom, byte(len(body))), body...), nil
}

// scratch names folders that belong to one compilation.
const scratch = "scratch-*"

// compileApart compiles wasm in a cache of its own, so that the file which comes
// of it is found without knowing how the engine names files. It returns the
// folder of that cache, which the caller removes, and the file below it.
func (a *archive) compileApart(ctx context.Context, wasm []byte) (dir, file string, err error) {
	if dir, err = os.MkdirTemp(a.folder, scratch); err != nil {
		return "", "", err
	}
	if file, err = a.compileInto(ctx, dir, wasm); err != nil {
		return "", "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, file, nil
}

func (a *archive) compileInto(ctx context.Context, dir string, wasm []byte) (file string, err error) {
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return "", err
	}
	engine := wazero.NewRuntimeWithConfig(ctx, engineConfig().WithCompilationCache(cache))
	compiled, err := a.compile(ctx, engine, wasm)
	if err == nil {
		err = compiled.Close(ctx)
	}
	if err = errors.Join(err, engine.Close(ctx), cache.Close(ctx)); err != nil {
		return "", err
	}
	return onlyFile(dir)
}

// onlyFile returns the one file in a folder and those below, relative to it.
func onlyFile(dir string) (only string, err error) {
	count := 0
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		count++
		only, err = filepath.Rel(dir, path)
		return err
	})
	if err == nil && count != 1 {
		err = fmt.Errorf("the engine keeps a module in %d files", count)
	}
	return only, err
}

// scratchAge is how old a scratch folder must be that nobody works in any more.
const scratchAge = time.Hour

// removeScratch removes what was left behind by processes that were killed.
func (a *archive) removeScratch() error {
	left, err := filepath.Glob(filepath.Join(a.folder, scratch))
	if err != nil {
		return err
	}
	for _, dir := range left {
		info, err := os.Stat(dir)
		if err == nil && time.Since(info.ModTime()) > scratchAge {
			err = os.RemoveAll(dir)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// replace writes a file so that there is either the old one or the whole new one.
func replace(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(file.Name()))
	}
	return err
}

// remove is os.Remove, and does well if there is nothing to remove.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
