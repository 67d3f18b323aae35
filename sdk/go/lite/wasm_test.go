package lite_test

import (
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/postern-dev/postern/abi"
)

// module builds the function in a folder of testdata and returns a running
// copy of it.
func module(t *testing.T, dir string) api.Module {
	t.Helper()
	if testing.Short() || raced {
		t.Skip("building and compiling a function takes seconds")
	}
	file := filepath.Join(t.TempDir(), "function.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-o", file, "./"+filepath.Join("testdata", dir))
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	wasm, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	engine := wazero.NewRuntime(t.Context())
	t.Cleanup(func() { engine.Close(context.Background()) })
	wasi_snapshot_preview1.MustInstantiate(t.Context(), engine)
	_, err = engine.NewHostModuleBuilder(abi.ImportModule).
		NewFunctionBuilder().WithFunc(func(ctx context.Context, m api.Module, ptr, size uint32) {
		message, _ := m.Memory().Read(ptr, size)
		t.Errorf("the function failed: %s", message)
	}).Export(abi.ImportFail).Instantiate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m, err := engine.InstantiateWithConfig(t.Context(), wasm,
		wazero.NewModuleConfig().WithStartFunctions(abi.ExportInitialize).WithRandSource(rand.Reader).WithStderr(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// call calls an export.
func call(t *testing.T, m api.Module, name string, params ...uint64) uint64 {
	t.Helper()
	results, err := m.ExportedFunction(name).Call(t.Context(), params...)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return append(results, 0)[0]
}

// handle gives an empty event to a function.
func handle(t *testing.T, m api.Module) string {
	t.Helper()
	var params []uint64
	for range 2 {
		at := call(t, m, abi.ExportAlloc, 2)
		m.Memory().WriteString(uint32(at), "{}")
		params = append(params, at, 2)
	}
	ptr, size := abi.Unpack(call(t, m, abi.ExportHandle, params...))
	reply, _ := m.Memory().Read(ptr, size)
	return string(reply)
}

func TestRandomNumbers_differAfterMemoryWasPutBack(t *testing.T) {
	m := module(t, "random")
	handle(t, m)
	view, _ := m.Memory().Read(0, m.Memory().Size())
	image := append([]byte(nil), view...)
	var drawn [2][]string
	for i := range drawn {
		m.Memory().Write(0, image)
		call(t, m, abi.ExportRestored)
		drawn[i] = strings.Fields(handle(t, m))
	}
	for i, generator := range []string{"of math/rand/v2", "seeded once", "seeded again"} {
		if repeats := drawn[0][i] == drawn[1][i]; repeats != (generator == "seeded once") {
			t.Errorf("the generator %s gave %s, then %s", generator, drawn[0][i], drawn[1][i])
		}
	}
}
