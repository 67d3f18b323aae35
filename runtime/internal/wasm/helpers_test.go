package wasm

import (
	"errors"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/abi/fault"
)

const testMemory = 32 << 20

func openRuntime(t testing.TB) *Runtime {
	t.Helper()
	r, err := Open(t.Context(), Options{Compilers: 2, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// clean is the Spec of a function with clean memory.
func clean(wasm []byte) Spec {
	return Spec{Wasm: wasm, MaxMemory: testMemory, Isolation: Clean}
}

func warm(wasm []byte) Spec {
	return Spec{Wasm: wasm, MaxMemory: testMemory, Isolation: Warm}
}

func loadModule(t testing.TB, spec Spec) *Module {
	t.Helper()
	m, err := openRuntime(t).Load(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

func instantiate(t testing.TB, m *Module) *Instance {
	t.Helper()
	i, err := m.Instantiate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	return i
}

// newInstance loads a function and returns one instance of it.
func newInstance(t testing.TB, spec Spec) *Instance {
	t.Helper()
	return instantiate(t, loadModule(t, spec))
}

// call calls the instance and resets it; the call must do well.
func call(t testing.TB, i *Instance, run Run) string {
	t.Helper()
	reply, err := i.Call(&run)
	if err != nil {
		t.Fatal(err)
	}
	text := string(reply)
	if err := i.Reset(); err != nil {
		t.Fatal(err)
	}
	return text
}

// body is the text of an integrated reply.
func body(reply string) string {
	_, rest, _ := strings.Cut(reply, `"body":"`)
	return strings.TrimSuffix(rest, `"}`)
}

// wantFault fails the test unless err is a fault of the code.
func wantFault(t testing.TB, err error, code fault.Code) *fault.Error {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != code {
		t.Fatalf("err = %v, want a fault %q", err, code)
	}
	return f
}
