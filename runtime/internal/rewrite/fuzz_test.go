package rewrite

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// twin is one of the ways in which a generated module is run.
type twin struct {
	name string
	inst api.Module
	host *host
}

// call runs a function and tells all that it did.
func (w *twin) call(name string, args []uint64, globals []Global) string {
	ctx := context.Background()
	if g, ok := w.inst.ExportedGlobal("steps").(api.MutableGlobal); ok {
		g.Set(genSteps)
	}
	got, err := w.inst.ExportedFunction(name).Call(ctx, args...)
	text := fmt.Sprintf("%x %s", got, outcome(err))
	for _, g := range globals {
		if e := w.inst.ExportedGlobal(g.Name); e != nil {
			text += fmt.Sprintf(" %x", e.Get())
		}
	}
	return text
}

func (w *twin) memory() []byte {
	b, _ := w.inst.Memory().Read(0, w.inst.Memory().Size())
	return b
}

// differ runs a generated module in all ways and fails where two differ.
func differ(t *testing.T, in []byte) {
	m := generate(in)
	// The plain twin shows its globals, too, under the same names.
	globals := m.exportGlobals()
	for i := range globals {
		m.exports[len(m.exports)-len(globals)+i].name = "plain" + globals[i].Name
	}
	wasm := m.bytes()
	metered, err := Meter(wasm)
	if err != nil {
		t.Fatalf("Meter: %v", err)
	}
	open := func(name string, slice int64, wasm []byte) *twin {
		h := newHost(t, wazero.NewRuntimeConfig())
		h.slice = slice
		return &twin{name, h.start(t, wasm), h}
	}
	plain := open("plain", 0, wasm)
	twins := []*twin{
		open("metered", SliceFuel, metered.Wasm),
		open("metered with short slices", 5, metered.Wasm),
	}
	var shown []Global
	for _, g := range globals {
		shown = append(shown, Global{Name: "plain" + g.Name})
	}
	for round := range 2 {
		for _, e := range metered.Info.Exports {
			if e.Kind != KindFunc {
				continue
			}
			name, args := e.Name, make([]uint64, len(e.Type.Params))
			for k := range args {
				args[k] = uint64(round*3 + k)
			}
			want := plain.call(name, args, shown)
			var paid []int64
			for _, w := range twins {
				before := w.host.spent(w.inst)
				got := w.call(name, args, shown)
				if strings.Contains(got+want, "stack overflow") {
					return // how deep one may go is nothing to compare
				}
				if got != want {
					t.Fatalf("%s, %s: %s, want %s", w.name, name, got, want)
				}
				if !bytes.Equal(w.memory(), plain.memory()) {
					t.Fatalf("%s, %s: memory differs", w.name, name)
				}
				paid = append(paid, w.host.spent(w.inst)-before)
			}
			for k := range paid {
				if paid[k] != paid[0] {
					t.Fatalf("%s, %s: paid %d, want %d", twins[k].name, name, paid[k], paid[0])
				}
			}
			steps := genSteps - int64(plain.inst.ExportedGlobal("steps").Get())
			least := steps // a chain of calls that ends in a trap pays little else
			if strings.HasSuffix(want, "ok") {
				least = 4 * steps
			}
			if paid[0] < least-dearestDebt {
				t.Fatalf("%s: paid %d for %d steps", name, paid[0], steps)
			}
		}
		if round == 0 {
			twins = append(twins, thaw(t, metered, twins[0]))
		}
	}
}

// thaw makes a clone of an instance from its image.
func thaw(t *testing.T, m *Metered, of *twin) *twin {
	state, memory := capture(m, of.inst)
	frozen, err := Freeze(m, state)
	if err != nil {
		t.Fatalf("Freeze: %v", err)
	}
	h := newHost(t, wazero.NewRuntimeConfig())
	h.slice = 300
	w := &twin{"frozen", h.start(t, frozen), h}
	w.inst.Memory().Write(0, memory)
	return w
}

// bytesFor gives the input of a seed.
func bytesFor(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	in := make([]byte, 200+r.IntN(1800))
	for i := range in {
		in[i] = byte(r.Uint32())
	}
	return in
}

func TestMeter_changesNothingInGeneratedModules(t *testing.T) {
	n := uint64(300)
	if testing.Short() {
		n = 60
	}
	for seed := range n {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { differ(t, bytesFor(seed)) })
	}
}

func FuzzMeter(f *testing.F) {
	for seed := range uint64(30) {
		f.Add(bytesFor(seed))
	}
	f.Fuzz(differ)
}

// FuzzInspect feeds anything: nothing may panic, and what is taken must be
// taken by Meter, too, and must not turn from invalid into valid.
func FuzzInspect(f *testing.F) {
	for seed := range uint64(10) {
		f.Add(generate(bytesFor(seed)).bytes())
	}
	for _, e := range endless {
		if b := e.make().bytes(); len(b) < 10_000 {
			f.Add(b)
		}
	}
	f.Add([]byte("\x00asm\x01\x00\x00\x00"))
	f.Add([]byte("\x00asm\x0d\x00\x01\x00"))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		info, err := Inspect(wasm)
		m, err2 := Meter(wasm)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("Inspect: %v, Meter: %v", err, err2)
		}
		if err != nil {
			return
		}
		if len(wasm) > 1<<16 || info.Tables > 100 {
			return
		}
		ctx := context.Background()
		h := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(allFeatures))
		defer h.Close(ctx)
		_, plain := h.CompileModule(ctx, wasm)
		_, metered := h.CompileModule(ctx, m.Wasm)
		if (plain == nil) != (metered == nil) {
			t.Fatalf("plain: %v, metered: %v", plain, metered)
		}
	})
}
