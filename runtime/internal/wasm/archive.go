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
//	artifacts/<digest>    the artifact, whose wasm is the shell
//	wazero-…/<shell>      native code of the whole module
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
	return a, errors.Join(a.removeScratch(), a.removeUnused(time.Now().Add(-keepUnused)))
}

// artifacts is the folder of the archive in that of the cache.
const artifacts = "artifacts"

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

func (a *archive) path(digest string) string { return filepath.Join(a.folder, artifacts, digest) }

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

// files returns where a module lies.
func (a *archive) files(digest string, k *kept) []string {
	return []string{a.path(digest), filepath.Join(a.folder, k.Native)}
}

// drop removes what is kept of a module.
func (a *archive) drop(digest string, k *kept) error {
	var errs []error
	for _, file := range a.files(digest, k) {
		errs = append(errs, remove(file))
	}
	return errors.Join(errs...)
}

// used notes that files are of use today. Should that fail, they are missed once.
func used(files []string) {
	now := time.Now()
	for _, file := range files {
		_ = os.Chtimes(file, now, now)
	}
}

// keepUnused is how long a module is kept that nobody loads. What it was made
// from may be long gone, or made anew by another build of the program.
const keepUnused = 60 * 24 * time.Hour

// removeUnused removes artifacts and native code that were used last before then.
// Nothing else in the folder is touched, as it may be somebody else's.
func (a *archive) removeUnused(before time.Time) error {
	for _, pattern := range []string{artifacts + "/*", "wazero-*/*"} {
		files, err := a.glob(pattern)
		if err != nil {
			return err
		}
		for _, file := range files {
			info, err := os.Lstat(file)
			if err == nil && info.Mode().IsRegular() && info.ModTime().Before(before) {
				err = os.Remove(file)
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// glob returns the files below the folder that match.
func (a *archive) glob(pattern string) ([]string, error) {
	files, err := fs.Glob(os.DirFS(a.folder), pattern)
	for n, file := range files {
		files[n] = filepath.Join(a.folder, file)
	}
	return files, err
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

// replace writes a file so that there is either the old one or the whole new one.
// After a loss of power it may be neither, which its checksum tells.
func replace(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Close())
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
