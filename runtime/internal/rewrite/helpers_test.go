package rewrite

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// allFeatures is what the engine will be asked to take.
const allFeatures = api.CoreFeaturesV2 | experimental.CoreFeaturesTailCall | experimental.CoreFeaturesExtendedConst

// host is a runtime with a tick that counts what was spent.
type host struct {
	runtime wazero.Runtime
	given   int64 // fuel handed out
	slice   int64
	onTick  func() // nil: go on
}

func newHost(t testing.TB, config wazero.RuntimeConfig) *host {
	t.Helper()
	ctx := context.Background()
	h := &host{slice: SliceFuel, runtime: wazero.NewRuntimeWithConfig(ctx, config.WithCoreFeatures(allFeatures))}
	t.Cleanup(func() { h.runtime.Close(ctx) })
	tick := func(_ context.Context, m api.Module, _ []uint64) {
		if h.onTick != nil {
			h.onTick()
		}
		h.refill(m)
	}
	_, err := h.runtime.NewHostModuleBuilder(TickModule).NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(tick), nil, nil).Export(TickName).Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wasi_snapshot_preview1.MustInstantiate(ctx, h.runtime)
	return h
}

func (h *host) refill(m api.Module) {
	fuel := m.ExportedGlobal(FuelGlobal).(api.MutableGlobal)
	h.given += h.slice - int64(fuel.Get())
	fuel.Set(uint64(h.slice))
}

// spent says how much fuel the instance has used in all.
func (h *host) spent(m api.Module) int64 {
	return h.given - int64(m.ExportedGlobal(FuelGlobal).Get())
}

// start compiles and instantiates without calling start functions but the
// module's own.
func (h *host) start(t testing.TB, wasm []byte) api.Module {
	t.Helper()
	ctx := context.Background()
	c, err := h.runtime.CompileModule(ctx, wasm)
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	m, err := h.runtime.InstantiateModule(ctx, c, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		t.Fatalf("instantiate: %v", err)
	}
	return m
}

func mustMeter(t testing.TB, wasm []byte) *Metered {
	t.Helper()
	m, err := Meter(wasm)
	if err != nil {
		t.Fatalf("Meter: %v", err)
	}
	return m
}

func call(t testing.TB, m api.Module, name string, args ...uint64) []uint64 {
	t.Helper()
	got, err := m.ExportedFunction(name).Call(context.Background(), args...)
	if err != nil {
		t.Fatalf("%s%v: %v", name, args, err)
	}
	return got
}

// kernels builds testdata/kernels.c once and skips where the compiler is not
// installed.
func kernels(t testing.TB) []byte {
	t.Helper()
	wasm, err := buildKernels()
	if err != nil {
		t.Skipf("needs clang-19 with wasi-libc: %v", err)
	}
	return wasm
}

var buildKernels = sync.OnceValues(func() ([]byte, error) {
	return build(exec.Command("clang-19", "--target=wasm32-wasi", "-O2", "-mexec-model=reactor",
		filepath.Join("testdata", "kernels.c"), "-o"))
})

// goGuest builds testdata/guest, a function in Go.
func goGuest(t testing.TB) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a Go module, takes seconds to compile")
	}
	wasm, err := buildGoGuest()
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

var buildGoGuest = sync.OnceValues(func() ([]byte, error) {
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-buildmode=c-shared", "-o")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=")
	return build(cmd, "./testdata/guest")
})

// build runs a command that writes a module where its next argument says.
func build(cmd *exec.Cmd, more ...string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "kernels")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "out.wasm")
	cmd.Args = append(append(cmd.Args, out), more...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, &buildError{err, string(text)}
	}
	return os.ReadFile(out)
}

type buildError struct {
	err  error
	text string
}

func (e *buildError) Error() string { return e.err.Error() + ": " + e.text }

// same is the shift of a module in which no function moves.
func same(i uint32) uint32 { return i }

// newModule gives an empty module to which tests add what they need.
func newModule() *module { return &module{start: -1, dataCount: -1} }

// add adds a function, exported under its name unless that is "", and gives
// its index. The closing end of the body is written here.
func (m *module) add(name string, t FuncType, locals []ValType, body ...byte) uint32 {
	m.types = append(m.types, t)
	m.funcs = append(m.funcs, uint32(len(m.types)-1))
	c := code{groups: uint32(len(locals)), body: append(append([]byte(nil), body...), opEnd)}
	for _, l := range locals {
		c.locals = append(c.locals, 1, byte(l))
	}
	m.codes = append(m.codes, c)
	fn := uint32(m.importedFuncs + len(m.funcs) - 1)
	if name != "" {
		m.exports = append(m.exports, export{name, KindFunc, fn})
	}
	return fn
}

// bytes encodes a module that a test has put together.
func (m *module) bytes() []byte {
	b := append(append([]byte(nil), magic...), version...)
	var body []byte
	for _, t := range m.types {
		body = appendFuncType(body, t)
	}
	b = appendSection(b, sectionType, len(m.types), body)
	body = nil
	for _, e := range m.imports {
		body = append(appendName(appendName(body, e.module), e.name), byte(e.kind))
		body = appendU32(body, e.index)
	}
	b = appendSection(b, sectionImport, len(m.imports), body)
	body = nil
	for _, t := range m.funcs {
		body = appendU32(body, t)
	}
	b = appendSection(b, sectionFunction, len(m.funcs), body)
	b = m.appendMemory(m.appendTables(b))
	b = appendSection(b, sectionGlobal, len(m.globals)-m.importedGlobals, m.globalBody(same))
	body = nil
	for _, e := range m.exports {
		body = appendU32(append(appendName(body, e.name), byte(e.kind)), e.index)
	}
	b = appendSection(b, sectionExport, len(m.exports), body)
	if m.start >= 0 {
		b = append(b, sectionStart, 1, byte(m.start))
	}
	b = m.appendDataCount(m.appendElements(b, same))
	body = nil
	for _, c := range m.codes {
		body = appendBytes(body, append(append(appendU32(nil, c.groups), c.locals...), c.body...))
	}
	b = appendSection(b, sectionCode, len(m.codes), body)
	b = m.appendData(b)
	for _, c := range m.customs {
		b = appendCustom(b, c.name, c.body)
	}
	return b
}
