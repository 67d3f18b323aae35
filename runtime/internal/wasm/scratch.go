package wasm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tetratelabs/wazero"
)

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
	left, err := a.glob(scratch)
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
