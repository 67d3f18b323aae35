package wasm

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/tetratelabs/wazero"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/image"
)

// openArchived returns a runtime over a folder as a server has it that was just
// started, which archives modules of any size, and what it logs.
func openArchived(t testing.TB, dir string) (*Runtime, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	r, err := Open(t.Context(), Options{Compilers: 2, CacheDir: dir, Log: zerolog.New(log)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	r.archive.from = 0
	return r, log
}

// loadArchived loads a module in a runtime of its own and calls it once.
func loadArchived(t *testing.T, dir string, spec Spec) (m *Module, answer, log string) {
	t.Helper()
	r, text := openArchived(t, dir)
	m, err := r.Load(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m, body(call(t, instantiate(t, m), Run{})), text.String()
}

// warnings are the lines of a log that an operator should see.
func warnings(log string) (lines []string) {
	for line := range strings.Lines(log) {
		if strings.Contains(line, `"level":"warn"`) {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestArchive_loadsAsFromTheWhole(t *testing.T) {
	guests := map[string][]byte{"hello": abitest.Hello(), "counter": abitest.Counter()}
	if !testing.Short() { // compiling a Go function takes seconds
		var err error
		if guests["Go"], err = buildGuest("c-shared", filepath.FromSlash("../../../examples/hello")); err != nil {
			t.Fatal(err)
		}
	}
	for name, wasm := range guests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			spec := clean(wasm)
			spec.MaxMemory = 64 << 20
			whole := loadModule(t, spec)
			run := greetRun()
			reply, err := instantiate(t, whole).Call(run)
			want, fuel := string(reply), run.Fuel
			for _, archived := range []bool{false, true, true} {
				r, log := openArchived(t, dir)
				m, err2 := r.Load(t.Context(), spec)
				if err2 != nil {
					t.Fatal(err2)
				}
				defer m.Close()
				if m.found != archived || len(warnings(log.String())) > 0 {
					t.Errorf("archived = %v, want %v; %s", m.found, archived, log)
				}
				if !reflect.DeepEqual(m.info, whole.info) {
					t.Errorf("info = %+v, want %+v", m.info, whole.info)
				}
				if m.kind != whole.kind || m.reason != whole.reason || m.hasRestored != whole.hasRestored || m.Reset() != whole.Reset() {
					t.Errorf("got %+v, want %+v", m, whole)
				}
				if !reflect.DeepEqual(m.globals, whole.globals) {
					t.Errorf("globals = %v, want %v", m.globals, whole.globals)
				}
				run := greetRun()
				reply, err3 := instantiate(t, m).Call(run)
				if string(reply) != want || !reflect.DeepEqual(err, err3) || run.Fuel != fuel {
					t.Errorf("got %q, %v for %d units, want %q, %v for %d", reply, err3, run.Fuel, want, err, fuel)
				}
			}
		})
	}
}

// nativeOf returns the file with the native code of the one module in the
// archive.
func nativeOf(t *testing.T, dir string) string {
	t.Helper()
	file := filepath.Join(dir, artifacts)
	name, err := onlyFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(file, name))
	if err != nil {
		t.Fatal(err)
	}
	k, err := decodeKept(text)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, k.Native)
}

func change(t *testing.T, file string, edit func([]byte) []byte) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, edit(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Whatever happens to the files, a module answers as ever, the operator is told,
// and the next load finds good files again.
func TestArchive_mendsItself(t *testing.T) {
	artifactOf := func(t *testing.T, dir string) string {
		name, err := onlyFile(filepath.Join(dir, artifacts))
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, artifacts, name)
	}
	for _, test := range []struct {
		what   string
		damage func(t *testing.T, dir string)
		silent bool
	}{
		{"the artifact is lost", func(t *testing.T, dir string) {
			if err := os.Remove(artifactOf(t, dir)); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"the artifact is empty", func(t *testing.T, dir string) {
			change(t, artifactOf(t, dir), func([]byte) []byte { return nil })
		}, false},
		{"the artifact is cut off", func(t *testing.T, dir string) {
			change(t, artifactOf(t, dir), func(b []byte) []byte { return b[:len(b)-1] })
		}, false},
		{"a bit of the artifact flips", func(t *testing.T, dir string) {
			change(t, artifactOf(t, dir), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		}, false},
		{"the native code is lost, or sought elsewhere", func(t *testing.T, dir string) {
			if err := os.Remove(nativeOf(t, dir)); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"the native code is empty", func(t *testing.T, dir string) {
			change(t, nativeOf(t, dir), func([]byte) []byte { return nil })
		}, false},
		{"the native code is cut off", func(t *testing.T, dir string) {
			change(t, nativeOf(t, dir), func(b []byte) []byte { return b[:len(b)/2] })
		}, false},
		{"a bit of the native code flips", func(t *testing.T, dir string) {
			change(t, nativeOf(t, dir), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		}, false},
		{"the native code is of another release of the engine", func(t *testing.T, dir string) {
			change(t, nativeOf(t, dir), func(b []byte) []byte { b[len("WAZEVO")+1] ^= 1; return b })
		}, false},
	} {
		t.Run(test.what, func(t *testing.T) {
			dir := t.TempDir()
			loadArchived(t, dir, clean(abitest.Hello()))
			test.damage(t, dir)
			m, answer, log := loadArchived(t, dir, clean(abitest.Hello()))
			if answer != "hello world" || m.found || len(warnings(log)) == 0 != test.silent {
				t.Errorf("answer %q, archived = %v, %q", answer, m.found, log)
			}
			m, answer, log = loadArchived(t, dir, clean(abitest.Hello()))
			if answer != "hello world" || !m.found || len(warnings(log)) > 0 {
				t.Errorf("then answer %q, archived = %v, %q", answer, m.found, log)
			}
		})
	}
}

// A module that the archive has no room for is loaded without it.
func TestArchive_isNotNeeded(t *testing.T) {
	r, log := openArchived(t, t.TempDir())
	if err := os.Remove(r.archive.path("")); err != nil {
		t.Fatal(err)
	}
	m, err := r.Load(t.Context(), clean(abitest.Hello()))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if got := body(call(t, instantiate(t, m), Run{})); got != "hello world" {
		t.Errorf("got %q", got)
	}
	if len(warnings(log.String())) != 1 {
		t.Errorf("log = %q", log)
	}
}

func TestArchive_leavesOut(t *testing.T) {
	for _, test := range []struct {
		what string
		wasm []byte
		from int
	}{
		{"small modules", abitest.Hello(), archiveFrom},
		{"what a start function did", startingWith(t, abitest.Initialized(), abi.ExportInitialize), 0},
		{"what has no image", withReference(t, abitest.Hello()), 0},
	} {
		t.Run(test.what, func(t *testing.T) {
			r, log := openArchived(t, t.TempDir())
			r.archive.from = test.from
			for range 2 {
				m, err := r.Load(t.Context(), clean(test.wasm))
				if err != nil {
					t.Fatal(err)
				}
				defer m.Close()
				if m.found || len(warnings(log.String())) > 0 {
					t.Errorf("archived = %v, %s", m.found, log)
				}
			}
			if name, err := onlyFile(r.archive.path("")); name != "" {
				t.Errorf("the archive has %s, %v", name, err)
			}
		})
	}
}

func TestArchive_judgesAsTheWhole(t *testing.T) {
	dir := t.TempDir()
	loadArchived(t, dir, clean(abitest.Hello()))
	r, _ := openArchived(t, dir)
	spec := clean(abitest.Hello())
	spec.MaxMemory = 1
	_, err := r.Load(t.Context(), spec)
	got := wantFault(t, err, fault.ModuleMemoryLimit)
	_, err = openRuntime(t).Load(t.Context(), spec)
	if want := wantFault(t, err, fault.ModuleMemoryLimit); got.Message != want.Message || got.Hint != want.Hint {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := os.Stat(nativeOf(t, dir)); err != nil {
		t.Errorf("what was refused is dropped: %v", err)
	}
}

func TestArchive_compilesOnce(t *testing.T) {
	r, _ := openArchived(t, t.TempDir())
	var compiled atomic.Int32
	compile := r.archive.compile
	r.archive.compile = func(ctx context.Context, engine wazero.Runtime, wasm []byte) (wazero.CompiledModule, error) {
		compiled.Add(1)
		return compile(ctx, engine, wasm)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			m, err := r.Load(t.Context(), clean(abitest.Hello()))
			if err != nil {
				t.Error(err)
				return
			}
			m.Close()
		})
	}
	all.Wait()
	if n := compiled.Load(); n != 2 { // the module, and its shell
		t.Errorf("compiled %d times", n)
	}
	if n := len(r.archive.busy); n != 0 {
		t.Errorf("%d modules are under way", n)
	}
}

func TestArchive_lockEndsWithItsContext(t *testing.T) {
	r, _ := openArchived(t, t.TempDir())
	unlock, err := r.archive.lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.archive.lock(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	other, err := r.archive.lock(ctx, "b")
	if err != nil {
		t.Fatal(err)
	}
	other()
	unlock()
	if unlock, err = r.archive.lock(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	unlock()
}

// Damage is told from a load that was given up, or that the system has no room
// for: these leave the files alone.
func TestArchive_keepsWhatIsNotToBlame(t *testing.T) {
	for what, test := range map[string]struct {
		hinder func(r *Runtime, cancel func())
		want   error
	}{
		"given up": {func(r *Runtime, cancel func()) {
			for range cap(r.compilers) {
				r.compilers <- struct{}{} // busy
			}
			cancel()
		}, context.Canceled},
		"no room": {func(r *Runtime, _ func()) {
			r.takeImage = func(image.Contents) (*image.Image, error) { return nil, syscall.ENOMEM }
		}, syscall.ENOMEM},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			loadArchived(t, dir, clean(abitest.Hello()))
			r, log := openArchived(t, dir)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			test.hinder(r, cancel)
			if _, err := r.Load(ctx, clean(abitest.Hello())); !errors.Is(err, test.want) {
				t.Fatalf("err = %v, want %v", err, test.want)
			}
			if _, err := os.Stat(nativeOf(t, dir)); err != nil || log.Len() > 0 {
				t.Errorf("%v, %s", err, log)
			}
		})
	}
}

func TestArchive_removesScratchOfTheDead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "[*]") // which is no pattern
	dead, alive := filepath.Join(dir, "scratch-1"), filepath.Join(dir, "scratch-2")
	for _, d := range []string{dead, alive} {
		if err := os.MkdirAll(filepath.Join(d, "native"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * scratchAge)
	if err := os.Chtimes(dead, long, long); err != nil {
		t.Fatal(err)
	}
	loadArchived(t, dir, clean(abitest.Hello()))
	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an old folder is left: %v", err)
	}
	if _, err := os.Stat(alive); err != nil {
		t.Error(err)
	}
}

// A module that is loaded is used, however long ago it was loaded.
func TestArchive_removesWhatNobodyUses(t *testing.T) {
	dir := t.TempDir()
	loadArchived(t, dir, clean(abitest.Counter()))
	for _, name := range []string{"other", "modules/other"} { // of somebody who shares the folder
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	left := func() (n int) {
		_ = filepath.WalkDir(dir, func(_ string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				n++
			}
			return err
		})
		return n
	}
	age := func() {
		long := time.Now().Add(-keepUnused - time.Hour)
		_ = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				err = os.Chtimes(path, long, long)
			}
			return err
		})
	}
	const others, files = 2, 3 // an artifact, native code, and that of the skeleton of the first load
	if n := left() - others; n != files {
		t.Fatalf("%d files", n)
	}
	age()
	r, _ := openArchived(t, dir)
	if n := left() - others; n != 0 {
		t.Fatalf("%d files are left", n)
	}
	for _, found := range []bool{false, true} {
		m, err := r.Load(t.Context(), clean(abitest.Counter()))
		if err != nil {
			t.Fatal(err)
		}
		if m.found != found {
			t.Errorf("found = %v, want %v", m.found, found)
		}
		age()
		m.Close()
		openArchived(t, dir)
		if n := left() - others; n != files-1 { // nobody uses the skeleton
			t.Errorf("%d files of a module are left that was just in use", n)
		}
	}
	age()
	m, err := r.Load(t.Context(), clean(abitest.Counter()))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	openArchived(t, dir)
	if n := left() - others; n != files-1 {
		t.Errorf("%d files of a module are left that was just loaded", n)
	}
}

func TestSegmentsOf(t *testing.T) {
	page := os.Getpagesize()
	memory := make([]byte, 20*page)
	for _, at := range []int{0, page - 1, 5 * page, 6*page + 7, 12 * page, len(memory) - 1} {
		memory[at] = byte(at%250) + 1
	}
	o := &origin{Filled: segmentsOf(image.ContentsOf(memory))}
	again := make([]byte, len(memory))
	if err := o.fill(again); err != nil || !bytes.Equal(again, memory) {
		t.Errorf("the memory is another one: %v", err)
	}
	if len(o.Filled) != 4 || len(o.Filled[1].Bytes) != 2*page {
		t.Errorf("%d segments, the second with %d bytes", len(o.Filled), len(o.Filled[1].Bytes))
	}
	if err := o.fill(again[:12*page]); !errors.Is(err, errDamaged) {
		t.Errorf("err = %v, want %v", err, errDamaged)
	}
}

// Whatever stands in a file whose checksum is right, its parts are whole or it
// is refused.
func FuzzKept(f *testing.F) {
	k := &kept{artifact: artifact{Wasm: []byte("wasm"), Origin: &origin{Globals: []string{"g"}, Values: []uint64{7}, Bytes: wasmPage,
		Filled: []segment{{At: 8, Bytes: []byte("filled")}}}}, Native: "n"}
	info, _, err := Diagnose(abitest.Hello(), testMemory)
	if err != nil {
		f.Fatal(err)
	}
	k.Info = info
	text, err := k.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text[:20])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := decodeKept(sealed(b))
		if err != nil {
			return
		}
		again, err := k.encode()
		if err != nil {
			t.Fatal(err)
		}
		other, err := decodeKept(again)
		if err != nil || !reflect.DeepEqual(k.Origin.Filled, other.Origin.Filled) || !bytes.Equal(k.Wasm, other.Wasm) || k.Native != other.Native {
			t.Errorf("%+v is not %+v, %v", other, k, err)
		}
	})
}
