package rewrite

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
)

// work is what the kernels are called with in tests.
var work = []struct {
	name string
	n    uint64
}{{"sieve", 3000}, {"fib", 15}, {"matrix", 1}, {"sha256", 20}, {"json", 3}, {"step", 5}}

func TestMeter_givesTheSameAnswers(t *testing.T) {
	wasm := kernels(t)
	h := newHost(t, wazero.NewRuntimeConfig())
	h.slice = 1000
	plain, metered := h.start(t, wasm), h.start(t, mustMeter(t, wasm).Wasm)
	for _, w := range work {
		got, want := call(t, metered, w.name, w.n), call(t, plain, w.name, w.n)
		if got[0] != want[0] {
			t.Errorf("%s(%d) = %d, want %d", w.name, w.n, got[0], want[0])
		}
	}
}

func TestMeter_givesTheSameAnswersInGo(t *testing.T) {
	wasm := goGuest(t)
	m := mustMeter(t, wasm)
	if got := m.Info.Toolchain; !strings.HasPrefix(got, "Go go1.") {
		t.Errorf("toolchain = %q, want Go with its version", got)
	}
	if m.Info.Unfreezable != "" {
		t.Errorf("unfreezable: %s", m.Info.Unfreezable)
	}
	h := newHost(t, wazero.NewRuntimeConfig())
	plain, metered := h.start(t, wasm), h.start(t, m.Wasm)
	call(t, plain, "_initialize")
	call(t, metered, "_initialize")
	for _, name := range []string{"json_round", "sieve", "fib", "words", "sha"} {
		for n := range uint64(12) {
			got, want := call(t, metered, name, n), call(t, plain, name, n)
			if got[0] != want[0] {
				t.Errorf("%s(%d) = %d, want %d", name, n, got[0], want[0])
			}
		}
	}
}

func TestMeter_countsTheSameForTheSameWork(t *testing.T) {
	m := mustMeter(t, kernels(t))
	spent := func(config wazero.RuntimeConfig, slice int64) []int64 {
		h := newHost(t, config)
		h.slice = slice
		inst := h.start(t, m.Wasm)
		var out []int64
		for range 2 {
			for _, w := range work {
				before := h.spent(inst)
				call(t, inst, w.name, w.n)
				out = append(out, h.spent(inst)-before)
			}
		}
		return out
	}
	want := spent(wazero.NewRuntimeConfigInterpreter(), SliceFuel)
	for i, w := range work {
		// step and the allocator of sieve go on from a state of their own.
		again := want[i+len(work)]
		if want[i] < 100 || w.name != "step" && w.name != "sieve" && want[i] != again {
			t.Errorf("%s spent %d, then %d", w.name, want[i], again)
		}
	}
	for _, slice := range []int64{1, 500, SliceFuel} {
		got := spent(wazero.NewRuntimeConfig(), slice)
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("slice %d: %s spent %d, want %d", slice, work[i%len(work)].name, got[i], want[i])
			}
		}
	}
}

func TestMeter_paysInProportion(t *testing.T) {
	h := newHost(t, wazero.NewRuntimeConfig())
	inst := h.start(t, mustMeter(t, kernels(t)).Wasm)
	spent := func(n uint64) int64 {
		before := h.spent(inst)
		call(t, inst, "sha256", n)
		return h.spent(inst) - before
	}
	one, ten := spent(1000)-spent(0), spent(10000)-spent(0)
	if ten < 9*one || ten > 11*one {
		t.Errorf("ten times the work costs %d, once %d", ten, one)
	}
}

var errStop = errors.New("stopped by the test")

// stopAt makes the host end a run at the nth tick.
func (h *host) stopAt(n int) {
	h.onTick = func() {
		if n--; n <= 0 {
			panic(errStop)
		}
	}
}

func TestMeter_endsAnEndlessLoop(t *testing.T) {
	h := newHost(t, wazero.NewRuntimeConfig())
	inst := h.start(t, mustMeter(t, kernels(t)).Wasm)
	h.stopAt(50)
	_, err := inst.ExportedFunction("spin").Call(context.Background(), 1)
	if !errors.Is(err, errStop) {
		t.Errorf("err = %v, want %v", err, errStop)
	}
}

func TestMeter_keepsNamesInTraces(t *testing.T) {
	h := newHost(t, wazero.NewRuntimeConfig())
	inst := h.start(t, mustMeter(t, kernels(t)).Wasm)
	h.stopAt(1)
	_, err := inst.ExportedFunction("fib").Call(context.Background(), 40)
	if err == nil || !strings.Contains(err.Error(), ".fib(") {
		t.Errorf("err = %v, want the name of fib in it", err)
	}
}

func TestMeter_addsAProbe(t *testing.T) {
	h := newHost(t, wazero.NewRuntimeConfig())
	if got := call(t, h.start(t, mustMeter(t, kernels(t)).Wasm), ProbeName); len(got) != 0 {
		t.Errorf("got %d", got)
	}
	starting := newModule()
	starting.add("a", FuncType{}, nil)
	starting.start = 0
	d, err := decode(mustMeter(t, starting.bytes()).Wasm)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range d.exports {
		if e.name == ProbeName {
			t.Error("a module with a start function has a probe")
		}
	}
}
