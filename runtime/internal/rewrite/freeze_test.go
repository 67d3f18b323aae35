package rewrite

import (
	"math"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/postern-dev/postern/abi/fault"
)

// capture takes the state of an instance, as an engine does.
func capture(m *Metered, inst api.Module) (State, []byte) {
	s := State{Pages: uint32(inst.Memory().Size() >> 16)}
	for _, g := range m.Globals {
		s.Globals = append(s.Globals, [2]uint64{inst.ExportedGlobal(g.Name).Get()})
	}
	mem, _ := inst.Memory().Read(0, inst.Memory().Size())
	return s, append([]byte(nil), mem...)
}

func TestFreeze_goesOnWhereTheImageWasTaken(t *testing.T) {
	for _, guest := range []struct {
		name  string
		wasm  func(testing.TB) []byte
		calls []string
	}{
		{"C", kernels, []string{"step", "step", "json"}},
		{"Go", goGuest, []string{"json_round", "words", "sha"}},
	} {
		t.Run(guest.name, func(t *testing.T) {
			h := newHost(t, wazero.NewRuntimeConfig())
			m := mustMeter(t, guest.wasm(t))
			first := h.start(t, m.Wasm)
			call(t, first, "_initialize")
			call(t, first, guest.calls[0], 3)
			state, memory := capture(m, first)
			frozen, err := Freeze(m, state)
			if err != nil {
				t.Fatal(err)
			}
			if d, err := decode(frozen); err != nil || d.start >= 0 || len(d.data) != 0 {
				t.Fatalf("frozen module: err %v, start %d, %d data segments", err, d.start, len(d.data))
			}
			clone := h.start(t, frozen)
			if clone.Memory().Size() != first.Memory().Size() {
				t.Fatalf("memory = %d, want %d", clone.Memory().Size(), first.Memory().Size())
			}
			clone.Memory().Write(0, memory)
			for i, name := range guest.calls {
				got, want := call(t, clone, name, uint64(i)), call(t, first, name, uint64(i))
				if got[0] != want[0] {
					t.Errorf("%s = %d, want %d", name, got[0], want[0])
				}
			}
		})
	}
}

// stateful is a module with a global of each type, a start function that
// changes memory and a data segment at which memory shows whether it was
// written again.
func stateful() *module {
	m := newModule()
	m.memories = []limits{{min: 1, max: 4, hasMax: true}}
	for _, t := range numbers {
		m.globals = append(m.globals, global{typ: t, mutable: true, init: constant(t, [2]uint64{1})})
	}
	m.globals = append(m.globals, global{typ: I32, init: constant(I32, [2]uint64{7})})
	m.start = int64(m.add("", FuncType{}, nil, opI32Const, 0, opI32Const, 9, 0x36, 0, 0))
	m.add("load", FuncType{[]ValType{I32}, []ValType{I32}}, nil, opLocalGet, 0, opI32Load, 0, 0)
	m.add("constant", FuncType{Results: []ValType{I32}}, nil, opGlobalGet, 4)
	m.add("init", FuncType{Params: []ValType{I32}}, nil,
		opI32Const, 0, opI32Const, 0, opLocalGet, 0, prefixMisc, 8, 1, 0)
	m.data = []dataSegment{
		{offset: constant(I32, [2]uint64{4}), bytes: []byte{1, 2, 3, 4}},
		{passive: true, bytes: []byte{5, 6, 7, 8}},
	}
	m.dataCount = 2
	return m
}

func TestFreeze_startsFromTheValuesGiven(t *testing.T) {
	m := mustMeter(t, stateful().bytes())
	for _, values := range [][4]uint64{
		{0, 0, 0, 0},
		{math.MaxUint32, math.MaxUint64, uint64(math.Float32bits(1.5)), math.Float64bits(-2.5)},
		{1 << 31, 1 << 63, 0x7fa0_0001, 0x7ff4_0000_0000_0001}, // signalling NaNs keep their bits
	} {
		s := State{Pages: 3}
		for _, v := range values {
			s.Globals = append(s.Globals, [2]uint64{v})
		}
		frozen, err := Freeze(m, s)
		if err != nil {
			t.Fatal(err)
		}
		inst := newHost(t, wazero.NewRuntimeConfig()).start(t, frozen)
		for i, g := range m.Globals {
			if got := inst.ExportedGlobal(g.Name).Get(); got != values[i] {
				t.Errorf("%s = %#x, want %#x", g.Name, got, values[i])
			}
		}
		if got := inst.Memory().Size(); got != 3<<16 {
			t.Errorf("memory = %d, want 3 pages", got)
		}
		for _, at := range []uint64{0, 4} {
			if got := call(t, inst, "load", at)[0]; got != 0 {
				t.Errorf("memory at %d = %d, want 0: neither start function nor data", at, got)
			}
		}
		if got := call(t, inst, "constant")[0]; got != 7 {
			t.Errorf("constant global = %d, want 7", got)
		}
		if call(t, inst, "init", 4); call(t, inst, "load", 0)[0] != 0x08070605 {
			t.Error("the passive segment is lost")
		}
	}
}

func TestFreeze_refusesWhatDoesNotFit(t *testing.T) {
	m := mustMeter(t, stateful().bytes())
	four := make([][2]uint64, 4)
	for _, c := range []struct {
		name  string
		state State
	}{
		{"too few pages", State{Pages: 0, Globals: four}},
		{"too many pages", State{Pages: 5, Globals: four}},
		{"too few globals", State{Pages: 1, Globals: four[:3]}},
		{"too many globals", State{Pages: 1, Globals: make([][2]uint64, 5)}},
	} {
		if _, err := Freeze(m, c.state); fault.CodeOf(err) != fault.Internal {
			t.Errorf("%s: err = %v, want a fault of code internal", c.name, err)
		}
	}
	if _, err := Freeze(m, State{Pages: 1, Globals: four}); err != nil {
		t.Errorf("err = %v, want none", err)
	}
}

func TestFreeze_takesAModuleWithoutMemory(t *testing.T) {
	m := newModule()
	m.add("f", FuncType{Results: []ValType{I32}}, nil, opI32Const, 5)
	frozen, err := Freeze(mustMeter(t, m.bytes()), State{})
	if err != nil {
		t.Fatal(err)
	}
	if got := call(t, newHost(t, wazero.NewRuntimeConfig()).start(t, frozen), "f")[0]; got != 5 {
		t.Errorf("f = %d, want 5", got)
	}
}
