package registry

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
)

// faulty is the disk until its operation number failAt, counted from 1, which
// answers err instead of acting. A failing write still writes half.
type faulty struct {
	disk
	err error

	mu     sync.Mutex
	done   int
	failAt int
	names  []string // what was done, in order
}

func (f *faulty) step(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done++
	f.names = append(f.names, name)
	if f.done == f.failAt {
		return f.err
	}
	return nil
}

// arm makes the operation number failAt from now on fail; 0 is none.
func (f *faulty) arm(failAt int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done, f.failAt, f.names = 0, failAt, nil
}

func (f *faulty) did() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.names
}

func (f *faulty) CreateTemp(dir, pattern string) (file, error) {
	if err := f.step("create"); err != nil {
		return nil, err
	}
	real, err := f.disk.CreateTemp(dir, pattern)
	return &faultyFile{file: real, owner: f}, err
}

func (f *faulty) Open(name string) (io.ReadCloser, error) {
	if err := f.step("open"); err != nil {
		return nil, err
	}
	return f.disk.Open(name)
}

func (f *faulty) Stat(name string) (fs.FileInfo, error) {
	if err := f.step("stat"); err != nil {
		return nil, err
	}
	return f.disk.Stat(name)
}

func (f *faulty) ReadDir(dir string) ([]fs.DirEntry, error) {
	if err := f.step("list"); err != nil {
		return nil, err
	}
	return f.disk.ReadDir(dir)
}

func (f *faulty) Rename(from, to string) error {
	if err := f.step("rename"); err != nil {
		return err
	}
	return f.disk.Rename(from, to)
}

func (f *faulty) Remove(name string) error {
	if err := f.step("remove"); err != nil {
		return err
	}
	return f.disk.Remove(name)
}

func (f *faulty) SyncDir(dir string) error {
	if err := f.step("sync folder"); err != nil {
		return err
	}
	return f.disk.SyncDir(dir)
}

type faultyFile struct {
	file
	owner *faulty
}

func (f *faultyFile) Write(p []byte) (int, error) {
	if err := f.owner.step("write"); err != nil {
		n, _ := f.file.Write(p[:len(p)/2])
		return n, err
	}
	return f.file.Write(p)
}

func (f *faultyFile) Sync() error {
	if err := f.owner.step("sync"); err != nil {
		return err
	}
	return f.file.Sync()
}

func (f *faultyFile) Close() error {
	if err := f.owner.step("close"); err != nil {
		return errors.Join(err, f.file.Close())
	}
	return f.file.Close()
}

// TestStoreModule_survivesEachFailure fails the operations of a deploy one by
// one. Whatever fails: there is an error, no module comes back damaged, nothing
// half-written is in the folder after the next start, and a retry works.
func TestStoreModule_survivesEachFailure(t *testing.T) {
	const body = "the module's bytes"
	dir := t.TempDir()
	f := &faulty{err: fmt.Errorf("inject: %w", syscall.EIO)}
	r := mustOpen(t, Options{Dir: dir}, f)
	f.arm(0)
	mustDeploy(t, r, "rehearsal", "m", mustStore(t, r, body))
	steps := f.did()
	if len(steps) < 7 { // create, write, sync, close, rename, sync folder; stat by Deploy
		t.Fatalf("only %q were done", steps)
	}
	for i, step := range steps {
		t.Run(fmt.Sprint(i+1, " ", step), func(t *testing.T) {
			dir := t.TempDir()
			r, err := open(t.Context(), Options{Dir: dir}, f)
			if err != nil {
				t.Fatal(err)
			}
			f.arm(i + 1)
			digest, err := deployOnce(t, r, body)
			f.arm(0)
			if !errors.Is(err, syscall.EIO) {
				t.Fatalf("err = %v, want the injected one", err)
			}
			if all, err := r.Current(t.Context()); err != nil || len(all) != 0 {
				t.Errorf("%d apps are listed and %v, want none", len(all), err)
			}
			wantWholeModules(t, r)
			if _, err := deployOnce(t, r, body); err != nil {
				t.Errorf("retry: %v", err)
			}
			if digest != "" && mustStore(t, r, body) != digest {
				t.Error("the digest differs")
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			r = mustOpen(t, Options{Dir: dir}, f)
			wantWholeModules(t, r)
			entries, err := os.ReadDir(filepath.Join(dir, modulesName))
			if err != nil || len(entries) != 1 {
				t.Errorf("%d files and %v, want the module alone", len(entries), err)
			}
		})
	}
}

func deployOnce(t *testing.T, r *Registry, body string) (digest string, err error) {
	t.Helper()
	m, err := r.StoreModule(t.Context(), strings.NewReader(body), 100)
	if err != nil {
		return "", err
	}
	_, err = r.Deploy(t.Context(), Version{App: "shop", Modules: map[string]string{"main": m.Digest}})
	return m.Digest, err
}

// wantWholeModules reads every module that can be found by a digest.
func wantWholeModules(t *testing.T, r *Registry) {
	t.Helper()
	entries, err := os.ReadDir(r.modules)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !isDigest(e.Name()) {
			continue
		}
		if _, err := r.ReadModule(t.Context(), e.Name()); err != nil {
			t.Error(err)
		}
	}
}

// TestStoreModule_syncsBeforeItNames proves the order on which the survival of
// power loss rests: bytes, name, folder, and only then the row.
func TestStoreModule_syncsBeforeItNames(t *testing.T) {
	f := &faulty{}
	r := mustOpen(t, Options{Dir: t.TempDir()}, f)
	f.arm(0)
	if _, err := deployOnce(t, r, "body"); err != nil {
		t.Fatal(err)
	}
	want := []string{"create", "write", "sync", "close", "rename", "sync folder", "stat"}
	if got := f.did(); !slices.Equal(got, want) {
		t.Errorf("did %q, want %q", got, want)
	}
}

// TestStoreModule_leavesNoFile proves that a failure that the registry can
// clean up after leaves nothing behind at once.
func TestStoreModule_leavesNoFile(t *testing.T) {
	f := &faulty{err: syscall.EIO}
	r := mustOpen(t, Options{Dir: t.TempDir()}, f)
	for i, step := range []string{"create", "write", "sync", "close", "rename"} {
		f.arm(i + 1)
		_, err := r.StoreModule(t.Context(), strings.NewReader("body"), 100)
		f.arm(0)
		if !errors.Is(err, syscall.EIO) {
			t.Errorf("%s: err = %v", step, err)
		}
		entries, err := os.ReadDir(r.modules)
		if err != nil || len(entries) > 0 {
			t.Errorf("%s: %d files are left, %v", step, len(entries), err)
		}
	}
}

func TestStoreModule_saysThatTheDiskIsFull(t *testing.T) {
	f := &faulty{}
	r := mustOpen(t, Options{Dir: t.TempDir()}, f)
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		for i, step := range []string{"create", "write", "sync", "close", "rename", "sync folder"} {
			f.err = &fs.PathError{Op: step, Path: "x", Err: full}
			f.arm(i + 1)
			_, err := r.StoreModule(t.Context(), strings.NewReader("body"), 100)
			f.arm(0)
			if fault.CodeOf(err) != fault.DiskFull || fault.Of(err).Hint == "" {
				t.Errorf("%s: err = %v, want %s with a hint", step, err, fault.DiskFull)
			}
		}
	}
}

// TestSweep_survivesEachFailure fails the operations of a sweep one by one: a
// module that a version names stays, and the next sweep does the rest.
func TestSweep_survivesEachFailure(t *testing.T) {
	f := &faulty{err: syscall.EIO}
	for failAt := 1; ; failAt++ {
		r := mustOpen(t, Options{Dir: t.TempDir()}, f)
		kept := mustStore(t, r, "kept")
		mustDeploy(t, r, "shop", "m", kept)
		mustStore(t, r, "loose")
		mustStore(t, r, "loose too")
		f.arm(failAt)
		_, err := r.Sweep(t.Context())
		finished := failAt > len(f.did())
		f.arm(0)
		if (err == nil) != finished {
			t.Fatalf("operation %d: err = %v", failAt, err)
		}
		if _, err := r.ReadModule(t.Context(), kept); err != nil {
			t.Error(err)
		}
		if _, err := r.Sweep(t.Context()); err != nil {
			t.Errorf("retry: %v", err)
		}
		if entries, err := os.ReadDir(r.modules); err != nil || len(entries) != 1 {
			t.Errorf("operation %d: %d files are left, %v", failAt, len(entries), err)
		}
		if finished {
			if failAt < 5 {
				t.Errorf("a sweep of two modules took only %d operations", failAt-1)
			}
			return
		}
	}
}

// TestOpen_failsWithoutHoldingTheDirectory fails each operation of a start.
func TestOpen_failsWithoutHoldingTheDirectory(t *testing.T) {
	dir := t.TempDir()
	f := &faulty{err: syscall.EIO}
	for failAt := 1; ; failAt++ {
		// What a crash left behind, so that the start has something to remove.
		if err := os.MkdirAll(filepath.Join(dir, modulesName), 0o700); err != nil {
			t.Fatal(err)
		}
		left := filepath.Join(dir, modulesName, incoming+"1")
		if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		f.arm(failAt)
		r, err := open(t.Context(), Options{Dir: dir}, f)
		if err == nil {
			if failAt != len(f.did())+1 || failAt < 5 {
				t.Errorf("opened although operation %d failed, of %q", failAt, f.did())
			}
			if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the half file is still there: %v", err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			return
		}
		if !errors.Is(err, syscall.EIO) {
			t.Fatalf("operation %d: err = %v", failAt, err)
		}
	}
}
