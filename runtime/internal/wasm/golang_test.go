package wasm

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/rewrite"
)

// buildGo compiles testdata/guest for wasip1, once per test run.
var buildGo = sync.OnceValues(func() ([]byte, error) { return buildGuest("c-shared", "./testdata/guest") })

func buildGuest(mode, folder string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "guest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "guest.wasm")
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-buildmode="+mode, "-o", out, folder)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

func goGuest(t testing.TB) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("compiling a Go function takes seconds")
	}
	wasm, err := buildGo()
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// goEvent is answered by the guest with its name, JSON in and out.
var goEvent = []byte(`{"name":"world","headers":{"Host":"a","Accept":"b"},"body":"{\"n\":[1,2,3]}"}`)

const goReply = `{"hello":"world","calls":1,"headers":2}`

// A small function must get by with its first slice and with few pages of its
// own: both are most of what a call of it costs.
func TestGoFunction_isCheapWhenItIsSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("compiling a Go function takes seconds")
	}
	wasm, err := buildGuest("c-shared", "../../../examples/hello")
	if err != nil {
		t.Fatal(err)
	}
	spec := clean(wasm)
	spec.MaxMemory = 64 << 20
	i := newInstance(t, spec)
	size := i.Bytes()
	run := Run{Event: []byte(`{"headerParameters":{},"pathParameters":{"name":"ann"},"requestContext":{},"httpMethod":"GET"}`)}
	for range 3 {
		reply, err := i.Call(&run)
		if err != nil {
			t.Fatal(err)
		}
		if got := body(string(reply)); got != "hello ann" {
			t.Fatalf("got %q", got)
		}
		if i.Bytes() != size {
			t.Errorf("memory grew from %d to %d bytes", size, i.Bytes())
		}
		if err := i.Reset(); err != nil {
			t.Fatal(err)
		}
		if run.Fuel > rewrite.SliceFuel/2 {
			t.Errorf("the call took %d units", run.Fuel)
		}
		if pages := i.memory.Private(); pages > 32 {
			t.Errorf("the call wrote to %d pages", pages)
		}
	}
}

func TestGoFunction_answersTheSameInAThousandCleanCalls(t *testing.T) {
	spec := clean(goGuest(t))
	spec.MaxMemory = 64 << 20
	spec.Prime = []Sample{{Event: []byte(`{"name":"prime"}`)}}
	m := loadModule(t, spec)
	t.Logf("reset %q, reason %q", m.Reset(), m.Reason())
	i := instantiate(t, m)
	for n := range 1000 {
		if got := call(t, i, Run{Event: goEvent}); got != goReply {
			t.Fatalf("call %d: got %s, want %s", n, got, goReply)
		}
	}
}

func TestCheck_tellsGoAuthorsOfTheBuildMode(t *testing.T) {
	if testing.Short() {
		t.Skip("compiling a Go function takes seconds")
	}
	wasm, err := buildGuest("exe", "./testdata/guest")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = openRuntime(t).Check(wasm, 64<<20)
	f := wantFault(t, err, fault.MissingExport)
	if !strings.Contains(f.Hint, "c-shared") {
		t.Fatalf("hint = %q", f.Hint)
	}
}

func TestGoFunction_leavesNothingBehind(t *testing.T) {
	spec := clean(goGuest(t))
	spec.MaxMemory = 64 << 20
	m := loadModule(t, spec)
	i := instantiate(t, m)
	replace := func() {
		if err := i.Reset(); err != nil {
			i = instantiate(t, m)
		}
	}
	hostile := map[string]fault.Code{
		`{"do":"panic"}`: fault.Crashed, `{"do":"exit"}`: fault.Crashed, `{"do":"eat"}`: fault.MemoryLimit,
		`{"do":"goroutine"}`: "", `{"do":"garbage"}`: "",
	}
	for event, code := range hostile {
		run := Run{Event: []byte(event), Print: func(_ Level, line []byte) { t.Logf("%s: %.80s", event, line) }}
		_, err := i.Call(&run)
		if got := fault.CodeOf(err); got != code {
			t.Fatalf("%s: err = %v, want %q", event, err, code)
		}
		replace()
		if got := call(t, i, Run{Event: goEvent}); got != goReply {
			t.Fatalf("after %s: got %s, want %s", event, got, goReply)
		}
	}
}

// It shows why a function may want postern_restored.
func TestGoFunction_repeatsOnlyTheRandomNumbersThatItSeededItself(t *testing.T) {
	spec := clean(goGuest(t))
	spec.MaxMemory = 64 << 20
	i := newInstance(t, spec)
	var replies [2]struct {
		Seeded uint64
		Drawn  []byte
	}
	for n := range replies {
		if err := json.Unmarshal([]byte(call(t, i, Run{Event: []byte(`{"do":"random"}`)})), &replies[n]); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := replies[0], replies[1]; a.Seeded != b.Seeded || len(a.Drawn) != 16 || bytes.Equal(a.Drawn, b.Drawn) {
		t.Fatalf("got %v and %v, want the same seeded and another drawn number", a, b)
	}
}

func TestCFunction_answersTheSameInAThousandCleanCalls(t *testing.T) {
	clang, err := exec.LookPath("clang-19")
	if err != nil || testing.Short() {
		t.Skip("needs clang-19 with wasi-libc")
	}
	out := filepath.Join(t.TempDir(), "guest.wasm")
	build := exec.Command(clang, "--target=wasm32-wasi", "-O2", "-mexec-model=reactor", "-Wl,--strip-all",
		"-o", out, "testdata/guest.c")
	if text, err := build.CombinedOutput(); err != nil {
		t.Skipf("clang-19 cannot build for WASI here: %s", text)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	i := newInstance(t, clean(wasm))
	for n := range 1000 {
		got := call(t, i, Run{Event: []byte("abc")})
		if !strings.HasPrefix(got, "1 abc") {
			t.Fatalf("call %d: got %s", n, got)
		}
	}
}
