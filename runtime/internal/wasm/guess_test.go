package wasm

import (
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
)

// guessing is a Spec with made-up requests of these names.
func guessing(spec Spec, names ...string) Spec {
	spec.Guess = func() (guesses []Guess) {
		for _, name := range names {
			guesses = append(guesses, guessOf(name))
		}
		return guesses
	}
	return spec
}

func guessOf(name string) Guess {
	event := func(word string) Sample {
		return Sample{Event: []byte(`{"path":"/` + name + `/` + word + `","headers":{"host":"` + word + `.example"}}`), Context: []byte("{}")}
	}
	return Guess{Name: "GET /" + name, First: event("sample"), Second: event("another")}
}

func wantUnprimed(t *testing.T, m *Module, why string) {
	t.Helper()
	if primed, how := m.Priming(); primed || !strings.Contains(how, why) {
		t.Fatalf("primed = %v, %q, want not, with %q", primed, how, why)
	}
}

// What must not be primed is loaded all the same, and its calls begin where
// they would without any guess.
func TestGuess_isDroppedWhenItShows(t *testing.T) {
	for name, test := range map[string]struct {
		wasm []byte
		why  string
	}{
		"memory":           {abitest.Counter(), "GET /a changes later replies"},
		"globals":          {abitest.GlobalCounter(), "GET /a changes later replies"},
		"a trap":           {abitest.Trap(), "GET /a fails: "},
		"a later trap":     {abitest.TrapAfter(3), "GET /a "},
		"a failure":        {abitest.Fail("nobody \x1basked for this"), "GET /a fails: nobody \uFFFDasked for this"},
		"a loop":           {abitest.Spin(), "GET /a fails: "},
		"recursion":        {abitest.Recurse(), "GET /a fails: "},
		"growth":           {abitest.Grow(), "GET /a fails: "},
		"an exit":          {abitest.Exit(0), "GET /a fails: "},
		"a wait":           {abitest.Sleep(time.Hour), "the function waits"},
		"nothing to gain":  {abitest.Hello(), "makes later calls no cheaper"},
		"clocks as usual":  {abitest.Clock(), "makes later calls no cheaper"},
		"random as usual":  {abitest.Random(), "makes later calls no cheaper"},
		"printed as usual": {abitest.Print("hello\n"), "makes later calls no cheaper"},
	} {
		t.Run(name, func(t *testing.T) {
			m := loadModule(t, guessing(clean(test.wasm), "a"))
			wantUnprimed(t, m, test.why)
			begun := m.ImageBytes()
			if plain := loadModule(t, clean(test.wasm)).ImageBytes(); begun != plain {
				t.Errorf("the image takes %d bytes, %d without a guess", begun, plain)
			}
			i := instantiate(t, m)
			if name == "memory" || name == "globals" {
				if got := body(call(t, i, Run{})); got != "1" {
					t.Errorf("the first call answers %q, want 1", got)
				}
			}
		})
	}
}

func TestGuess_callsNoService(t *testing.T) {
	spec, d := withDesk(t, abitest.CallOp("desk.echo", "{}"))
	m := loadModule(t, guessing(spec, "a"))
	wantUnprimed(t, m, "GET /a fails: the function calls the service op desk.echo")
	if len(d.callers) != 0 {
		t.Fatalf("%d acts of a service while the module was prepared", len(d.callers))
	}
	if got := call(t, instantiate(t, m), Run{}); got != `{"ok":{}}` {
		t.Fatalf("got %s", got)
	}
}

func TestGuess_isNotAskedForWithoutUse(t *testing.T) {
	asked := func() []Guess { t.Error("guesses were made"); return nil }
	for name, spec := range map[string]Spec{
		"warm memory": warm(abitest.Hello()), "a command": clean(abitest.Command("hi")), "no image": clean(withReference(t, abitest.Hello())),
		"samples": {Wasm: abitest.Hello(), MaxMemory: testMemory, Isolation: Clean, Prime: []Sample{{Event: []byte("{}")}}},
	} {
		t.Run(name, func(t *testing.T) {
			spec.Guess = asked
			if primed, how := loadModule(t, spec).Priming(); how == "" || primed != (name == "samples") {
				t.Errorf("primed = %v, %q", primed, how)
			}
		})
	}
}

// pagesGuest is a function that works much out at its first call.
func pagesGuest(t *testing.T) Spec {
	t.Helper()
	if testing.Short() {
		t.Skip("compiling a Go function takes seconds")
	}
	wasm, err := buildGuest("c-shared", "../../testdata/pages")
	if err != nil {
		t.Fatal(err)
	}
	spec := clean(wasm)
	spec.MaxMemory = 64 << 20
	return spec
}

// The figures of RATIONALE; -v shows them.
func TestGuess_makesCallsCheaper(t *testing.T) {
	spec := pagesGuest(t)
	cost := func(spec Spec) (fuel int64, pages int, reply string) {
		m := loadModule(t, spec)
		i := instantiate(t, m)
		third := guessOf("third").Second
		run := Run{Event: third.Event, Context: third.Context}
		reply = call(t, i, run)
		if _, err := i.Call(&run); err != nil {
			t.Fatal(err)
		}
		if err := i.Reset(); err != nil {
			t.Fatal(err)
		}
		primed, how := m.Priming()
		t.Logf("%d units, %d pages, idle %d bytes, image %d bytes; primed %v: %s", run.Fuel, i.memory.Private(), i.IdleBytes(), m.ImageBytes(), primed, how)
		return run.Fuel, i.memory.Private(), reply
	}
	plainFuel, plainPages, plainReply := cost(spec)
	primedFuel, primedPages, primedReply := cost(guessing(spec, "a", "b"))
	if plainReply != primedReply {
		t.Errorf("the primed function answers %q, without a guess %q", primedReply, plainReply)
	}
	if primedFuel*2 > plainFuel || primedPages >= plainPages {
		t.Errorf("a call takes %d units and %d pages, without a guess %d and %d", primedFuel, primedPages, plainFuel, plainPages)
	}
}
