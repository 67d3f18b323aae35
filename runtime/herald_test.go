package runtime

import (
	"errors"
	"testing"

	"github.com/postern-dev/postern/abi/abitest"
)

// openHerald returns a function that a herald makes calls of.
func openHerald(t testing.TB) (*Herald, *Function) {
	t.Helper()
	m := &modules{}
	m.put("hello", abitest.Hello())
	e := openEngine(t, testOptions(m))
	h := e.NewHerald()
	return &h, load(t, e, testSpec("hello"))
}

// mustServeFrom makes a call by a herald. trace may be nil.
func mustServeFrom(t testing.TB, h *Herald, f *Function, trace func(*Trail)) {
	t.Helper()
	c, err := h.NewCall(f)
	if err != nil {
		t.Fatal(err)
	}
	c.Trace = trace
	serve(t, c)
}

func TestHerald_findsTheTrailOfWhatItAnnounces(t *testing.T) {
	h, f := openHerald(t)
	const ours, other = 1 << 40, 2 << 40
	h.Announce(ours)
	if h.asked {
		t.Fatal("there is a trail before the first call")
	}
	makeCold(f)
	mustServeFrom(t, h, f, nil)
	if h.Announce(other); h.asked {
		t.Error("a call of which nothing is known found a trail")
	}
	if h.Announce(ours); !h.asked {
		t.Error("the trail of the call before was not found")
	}
	if steps := h.announced.find(h.key); steps != f.trails[h.near%maxTrails].Load() {
		t.Error("what was found is not the function's trail")
	}
	far := f.engine.NewHerald()
	if far.Announce(ours); far.asked {
		t.Error("a herald of another processor found the trail")
	}
}

func TestHerald_tracesItsOwnerWhenATrailIsLeft(t *testing.T) {
	h, f := openHerald(t)
	makeCold(f)
	mustServeFrom(t, h, f, nil)
	traced := 0
	trace := func(*Trail) { traced++ }
	for _, row := range []struct {
		name   string
		before func()
		want   int
	}{
		{"hot", func() { f.loaded.Load().used.Store(int64(f.engine.shelf.now() + 1<<40)) }, 0},
		{"its trail is of a call that was not traced", func() { makeCold(f) }, 1},
		{"its trail is known", func() { makeCold(f) }, 1},
	} {
		row.before()
		h.Announce(1)
		if mustServeFrom(t, h, f, trace); traced != row.want {
			t.Errorf("%s: traced %d times, want %d", row.name, traced, row.want)
		}
	}
}

func TestHerald_makesNoCallOfARetiredFunction(t *testing.T) {
	h, f := openHerald(t)
	next := load(t, f.engine, testSpec("hello"))
	h.Announce(1)
	f.Retire()
	if c, err := h.NewCall(f); c != nil || !errors.Is(err, ErrRetired) {
		t.Fatalf("got %v, %v, want none and %v", c, err, ErrRetired)
	}
	mustServeFrom(t, h, next, nil)
}

func TestAnnounced_forgetsWhenTooManyCome(t *testing.T) {
	a := &announced{}
	steps := map[uint64]*footsteps{}
	for n := range uint64(3 * notes) { // all in one bucket
		key := n<<8 | 1
		steps[key] = &footsteps{moved: int(n)}
		a.note(key, steps[key])
		if a.find(key) != steps[key] {
			t.Fatalf("note %d is not found", n)
		}
	}
	left := 0
	for key, want := range steps {
		switch got := a.find(key); got {
		case want:
			left++
		case nil:
		default:
			t.Errorf("key %d finds note %d", key, got.moved)
		}
	}
	if left != notes {
		t.Errorf("%d notes are left, want %d", left, notes)
	}
	a.note(0, &footsteps{})
	if a.find(0) != nil {
		t.Error("a call that was not announced was noted")
	}
}

func TestOf_tellsProcessorsApart(t *testing.T) {
	seen := map[uint64]bool{}
	for near := range uint32(maxTrails) {
		key := of(0, near)
		if key == 0 || seen[key] {
			t.Errorf("number %d has the key %#x, want one of its own", near, key)
		}
		seen[key] = true
	}
}
