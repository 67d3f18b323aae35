package wasm

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/image"
)

func TestCheck_saysWhatIsWrong(t *testing.T) {
	tests := map[string]struct {
		wasm []byte
		code fault.Code
		text string
	}{
		"a script":               {abitest.NotWasm(), fault.NotWasm, ""},
		"nothing":                {nil, fault.NotWasm, ""},
		"a component":            {abitest.Component(), fault.Component, ""},
		"half a module":          {abitest.Truncated(), fault.BadModule, ""},
		"no memory":              {abitest.Without(abi.ExportMemory), fault.MissingExport, abi.ExportMemory},
		"no version":             {abitest.Without(abi.ExportVersion), fault.MissingExport, abi.ExportVersion},
		"no alloc":               {abitest.Without(abi.ExportAlloc), fault.MissingExport, abi.ExportAlloc},
		"no handle":              {abitest.Without(abi.ExportHandle), fault.MissingExport, abi.ExportHandle},
		"another alloc":          {abitest.WrongSignature(abi.ExportAlloc), fault.WrongSignature, "(i64) -> ()"},
		"another handle":         {abitest.WrongSignature(abi.ExportHandle), fault.WrongSignature, "(i32, i32, i32, i32) -> (i64)"},
		"memory is a function":   {abitest.WrongSignature(abi.ExportMemory), fault.WrongSignature, "memory is needed"},
		"an unknown module":      {abitest.UnknownImport("env", "abort"), fault.UnknownImport, `"env"."abort"`},
		"an unknown WASI call":   {abitest.UnknownImport(abi.ImportWASI, "fd_dance"), fault.UnknownImport, "fd_dance"},
		"another type of import": {abitest.Import(abi.ImportModule, abi.ImportLog, "i64 ->"), fault.WrongSignature, "(i32, i32, i32) -> ()"},
		"a tick of its own":      {abitest.Import("postern", "tick", "->"), fault.BadModule, "tick"},
		"a tangle":               {abitest.Tangled(maxBranches + 1), fault.ModuleTooLarge, "20001 blocks and branches"},
		"much memory":            {abitest.HugeMemory(testMemory/wasmPage + 1), fault.ModuleMemoryLimit, "33619968"},
	}
	r := openRuntime(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := r.Check(test.wasm, testMemory)
			f := wantFault(t, err, test.code)
			if !strings.Contains(f.Message, test.text) {
				t.Errorf("message = %q, want something with %q", f.Message, test.text)
			}
			if _, err := r.Load(t.Context(), clean(test.wasm)); fault.CodeOf(err) != test.code {
				t.Errorf("Load says %v", err)
			}
		})
	}
}

func TestCheck_tellsFunctionsFromCommands(t *testing.T) {
	r := openRuntime(t)
	for want, wasm := range map[Kind][]byte{Function: abitest.Hello(), Command: abitest.Command("hi")} {
		_, got, err := r.Check(wasm, testMemory)
		if err != nil || got != want {
			t.Errorf("kind = %q, %v, want %q", got, err, want)
		}
	}
}

func TestCheck_holdsTheLimitsOfAModule(t *testing.T) {
	for name, options := range map[string]Options{
		"bytes":     {Compilers: 1, MaxModule: 100},
		"functions": {Compilers: 1, MaxFunctions: 3},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Open(t.Context(), options)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			_, _, err = r.Check(abitest.Hello(), testMemory)
			wantFault(t, err, fault.ModuleTooLarge)
		})
	}
}

func TestLoad_refusesWhatOnlyACompilerFinds(t *testing.T) {
	_, err := openRuntime(t).Load(t.Context(), clean(abitest.Invalid()))
	wantFault(t, err, fault.BadModule)
}

func TestLoad_refusesWhatDoesNotStart(t *testing.T) {
	_, err := openRuntime(t).Load(t.Context(), clean(abitest.StartTrap()))
	f := wantFault(t, err, fault.StartFailed)
	if !strings.Contains(f.Message, "unreachable") {
		t.Errorf("message = %q", f.Message)
	}
}

func TestLoad_endsAStartThatDoesNot(t *testing.T) {
	r := openRuntime(t)
	r.startLimit = 10 * time.Millisecond
	_, err := r.Load(t.Context(), clean(abitest.StartSpin()))
	f := wantFault(t, err, fault.StartFailed)
	if !strings.Contains(f.Message, "run limit") {
		t.Errorf("message = %q", f.Message)
	}
}

func TestLoad_takesTheImageAfterPriming(t *testing.T) {
	spec := clean(abitest.Hello())
	spec.Prime = []Sample{{Event: []byte(`{"a":1}`)}, {Event: []byte(`{"b":2}`), Context: []byte(`{}`)}}
	m := loadModule(t, spec)
	if primed, how := m.Priming(); !primed || how != "the manifest's events" {
		t.Fatalf("primed = %v, %q", primed, how)
	}
	if got := body(call(t, instantiate(t, m), Run{})); got != "hello world" {
		t.Fatalf("got %q", got)
	}
}

// What a function keeps in memory must not begin with what sample events left.
func TestLoad_doesNotPrimeWhatKeepsState(t *testing.T) {
	for name, wasm := range map[string][]byte{"memory": abitest.Counter(), "globals": abitest.GlobalCounter()} {
		t.Run(name, func(t *testing.T) {
			spec := clean(wasm)
			spec.Prime = []Sample{{Event: []byte(`{}`)}}
			m := loadModule(t, spec)
			if primed, how := m.Priming(); primed || !strings.Contains(how, "left in memory") {
				t.Errorf("primed = %v, %q", primed, how)
			}
			if got := body(call(t, instantiate(t, m), Run{})); got != "1" {
				t.Errorf("the first call answers %q, want 1", got)
			}
		})
	}
}

func TestLoad_primesWhatAnswersWithClockAndRandomBytes(t *testing.T) {
	for name, wasm := range map[string][]byte{"clock": abitest.Clock(), "random": abitest.Random()} {
		t.Run(name, func(t *testing.T) {
			spec := clean(wasm)
			spec.Prime = []Sample{{Event: []byte(`{}`)}}
			if primed, how := loadModule(t, spec).Priming(); !primed {
				t.Fatalf("not primed: %s", how)
			}
		})
	}
}

func TestLoad_survivesSamplesThatFail(t *testing.T) {
	for name, wasm := range map[string][]byte{
		"a trap": abitest.Trap(), "a loop": abitest.Spin(), "a sleep": abitest.Sleep(time.Hour), "growth": abitest.Grow(),
	} {
		t.Run(name, func(t *testing.T) {
			spec := clean(wasm)
			spec.Prime = []Sample{{Event: []byte(`{}`)}}
			m := loadModule(t, spec)
			if primed, how := m.Priming(); primed || !strings.Contains(how, "sample event 1") {
				t.Errorf("primed = %v, %q", primed, how)
			}
			instantiate(t, m)
		})
	}
}

func TestModule_saysHowItResets(t *testing.T) {
	if got := loadModule(t, warm(abitest.Hello())).Reset(); got != "none" {
		t.Errorf("warm: %q", got)
	}
	if got := loadModule(t, clean(abitest.Hello())).Reset(); got == "none" || got == "fresh instance" {
		t.Errorf("clean: %q", got)
	}
}

// The strategy of systems that cannot tell dirty pages.
func TestModule_resetsByFullCopy(t *testing.T) {
	for name, wasm := range map[string][]byte{"memory": abitest.Counter(), "globals": abitest.GlobalCounter()} {
		t.Run(name, func(t *testing.T) {
			r := openRuntime(t)
			r.takeImage = image.NewCopy
			m, err := r.Load(t.Context(), clean(wasm))
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			if m.Reset() != "full copy" {
				t.Fatalf("reset = %q", m.Reset())
			}
			i := instantiate(t, m)
			for range 5 {
				if got := body(call(t, i, Run{})); got != "1" {
					t.Fatalf("got %q", got)
				}
				if err := i.Rest(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestLoad_boundsTheTimeToCompile(t *testing.T) {
	r := openRuntime(t)
	r.compileLimit = time.Nanosecond
	_, err := r.Load(t.Context(), clean(abitest.Hello()))
	f := wantFault(t, err, fault.ModuleTooLarge)
	if !strings.Contains(f.Message, "to compile") {
		t.Fatalf("message = %q", f.Message)
	}
}

func TestLoad_endsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := openRuntime(t).Load(ctx, clean(abitest.Hello())); !errors.Is(err, context.Canceled) {
		t.Fatalf("err = %v, want %v", err, context.Canceled)
	}
}

func TestModule_outlivesItsOwnerWhileInstancesRun(t *testing.T) {
	m, err := openRuntime(t).Load(t.Context(), clean(abitest.Counter()))
	if err != nil {
		t.Fatal(err)
	}
	i, err := m.Instantiate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
	for range 3 {
		if got := body(call(t, i, Run{})); got != "1" {
			t.Fatalf("got %q", got)
		}
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestLoad_keepsNativeCodeInItsCache(t *testing.T) {
	dir := t.TempDir() + "/native"
	for range 2 {
		r, err := Open(t.Context(), Options{Compilers: 1, CacheDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		m, err := r.Load(t.Context(), clean(abitest.Hello()))
		if err != nil {
			t.Fatal(err)
		}
		i, err := m.Instantiate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := body(call(t, i, Run{})); got != "hello world" {
			t.Errorf("got %q", got)
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
		m.Close()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
