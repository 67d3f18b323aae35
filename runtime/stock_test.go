package runtime

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/postern-dev/postern/abi"
)

// stock runs modules as they were uploaded, with nothing of ours but the names
// of the ABI: no meter, no image, an instance for each event.
type stock struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
}

func openStock(t *testing.T, wasm []byte) stock {
	t.Helper()
	ctx := t.Context()
	cache, err := wazero.NewCompilationCacheWithDir(cacheFolder(t, "stock"))
	if err != nil {
		t.Fatal(err)
	}
	features := api.CoreFeaturesV2 | experimental.CoreFeaturesTailCall | experimental.CoreFeaturesExtendedConst
	s := stock{runtime: wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCoreFeatures(features).WithCompilationCache(cache))}
	t.Cleanup(func() {
		if err := s.runtime.Close(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	})
	wasi_snapshot_preview1.MustInstantiate(ctx, s.runtime)
	_, err = s.runtime.NewHostModuleBuilder(abi.ImportModule).
		NewFunctionBuilder().WithFunc(func(context.Context, uint32, uint32, uint32) {}).Export(abi.ImportLog).
		NewFunctionBuilder().WithFunc(func(context.Context, uint32, uint32) {}).Export(abi.ImportFail).
		NewFunctionBuilder().WithFunc(func(context.Context, uint32, uint32, uint32, uint32) uint64 { return 0 }).Export(abi.ImportCall).
		Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if s.compiled, err = s.runtime.CompileModule(ctx, wasm); err != nil {
		t.Fatal(err)
	}
	return s
}

// answer asks a new instance.
func (s stock) answer(t *testing.T, event string) string {
	t.Helper()
	ctx := t.Context()
	config := wazero.NewModuleConfig().WithName("").WithArgs("function").WithSysNanotime().WithSysNanosleep().WithSysWalltime()
	exports := s.compiled.ExportedFunctions()
	if exports[abi.ExportHandle] == nil {
		var out bytes.Buffer
		config = config.WithStdin(strings.NewReader(event)).WithStdout(&out)
		if m, err := s.runtime.InstantiateModule(ctx, s.compiled, config); err == nil {
			defer m.Close(ctx)
		}
		return out.String()
	}
	m, err := s.runtime.InstantiateModule(ctx, s.compiled, config.WithStartFunctions(abi.ExportInitialize))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close(ctx)
	place := func(text string) (ptr, size uint64) {
		at, err := m.ExportedFunction(abi.ExportAlloc).Call(ctx, uint64(len(text)))
		if err != nil || !m.Memory().WriteString(uint32(at[0]), text) {
			t.Fatalf("place %d bytes at %d: %v", len(text), at, err)
		}
		return at[0], uint64(len(text))
	}
	eventPtr, eventLen := place(event)
	contextPtr, contextLen := place("{}")
	packed, err := m.ExportedFunction(abi.ExportHandle).Call(ctx, eventPtr, eventLen, contextPtr, contextLen)
	if err != nil {
		t.Fatal(err)
	}
	ptr, size := abi.Unpack(packed[0])
	reply, _ := m.Memory().Read(ptr, size)
	return string(reply)
}
