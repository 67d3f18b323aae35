package trail

import (
	"testing"
	"unsafe"
)

func TestTrail_hasEveryLine(t *testing.T) {
	area := make([]byte, 1<<20)
	base := (uintptr(unsafe.Pointer(&area[0])) + lineBytes - 1) &^ (lineBytes - 1)
	at := func(offset int) unsafe.Pointer {
		return unsafe.Pointer(&area[int(base-uintptr(unsafe.Pointer(&area[0])))+offset])
	}
	type part struct{ from, bytes int }
	for name, row := range map[string]struct {
		parts []part
		want  []int // lines
	}{
		"nothing":                {nil, nil},
		"no bytes":               {[]part{{64, 0}}, nil},
		"a byte":                 {[]part{{63, 1}}, []int{0}},
		"over an edge":           {[]part{{63, 2}}, []int{0, 1}},
		"a whole line":           {[]part{{64, 64}}, []int{1}},
		"several":                {[]part{{640, 1}, {0, 1}}, []int{10, 0}},
		"the same again":         {[]part{{64, 8}, {72, 8}}, []int{1}},
		"the rest of a line":     {[]part{{64, 8}, {72, 64}}, []int{1, 2}},
		"another one and before": {[]part{{64, 8}, {192, 8}, {64, 8}}, []int{1, 3, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var trail Trail
			for _, p := range row.parts {
				trail.Add(at(p.from), uintptr(p.bytes))
			}
			got := lines(&trail)
			if len(got) != len(row.want) || trail.Lines() != len(row.want) {
				t.Fatalf("%d lines, %d counted, want %d", len(got), trail.Lines(), len(row.want))
			}
			for i, line := range got {
				if want := base + uintptr(row.want[i])*lineBytes; line != want {
					t.Errorf("line %d is %#x, want %#x", i, line, want)
				}
			}
			trail.Follow()
		})
	}
	t.Run("long", func(t *testing.T) {
		var trail Trail
		trail.Add(at(0), 100*lineBytes)
		if got := lines(&trail); len(got) != 100 || got[99] != base+99*lineBytes || trail.count != 2 {
			t.Errorf("%d lines in %d runs, want 100 in 2", len(got), trail.count)
		}
	})
	t.Run("too many", func(t *testing.T) {
		var trail Trail
		for n := range 2 * room {
			trail.Add(at(2*n*lineBytes), 1)
		}
		if trail.Lines() != room {
			t.Errorf("%d lines, want %d", trail.Lines(), room)
		}
		trail.Follow()
	})
}

// lines are the addresses that Follow asks for.
func lines(t *Trail) (all []uintptr) {
	for _, run := range t.runs[:t.count] {
		for n := range run&(lineBytes-1) + 1 {
			all = append(all, run&^(lineBytes-1)+n*lineBytes)
		}
	}
	return all
}

func TestTrail_followsAddressesOfNothing(t *testing.T) {
	trail := Trail{runs: [room]uintptr{0, 1<<63 | 5, ^uintptr(0), 4096 | 63}, count: 4}
	trail.Follow() // memory that was given back is no fault
}

func TestTrail_takesValuesAndSlices(t *testing.T) {
	type page struct{ bytes [4096]byte }
	pages := make([]page, 3) // on an edge of a page, as the heap has them
	for name, row := range map[string]struct {
		add  func(*Trail)
		want int
	}{
		"value":    {func(t *Trail) { Of(t, &pages[1]) }, 64},
		"no value": {func(t *Trail) { Of[page](t, nil) }, 0},
		"slice":    {func(t *Trail) { Each(t, pages[:2]) }, 128},
		"no slice": {func(t *Trail) { Each[page](t, nil) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var trail Trail
			row.add(&trail)
			if n := trail.Lines(); n != row.want {
				t.Errorf("%d lines, want %d", n, row.want)
			}
		})
	}
}

// What far lines cost that are read one after the other, each of which leads to
// the next, when a trail was followed before and when not.
func BenchmarkTrail_follow(b *testing.B) {
	const far, steps = 256 << 20, 40
	area := make([]uint64, far/8)
	for i := range area {
		area[i] = uint64(len(area)) // so that each look-up needs the result of the one before
	}
	for _, ahead := range []bool{false, true} {
		name := map[bool]string{false: "waited", true: "asked"}[ahead]
		b.Run(name, func(b *testing.B) {
			at, seed := uint64(len(area)), uint64(1)
			for b.Loop() {
				var places [steps]uint64
				var trail Trail
				for i := range places {
					seed = seed*6364136223846793005 + 1442695040888963407
					places[i] = seed >> 32 % uint64(len(area))
					trail.Add(unsafe.Pointer(&area[places[i]]), 8)
				}
				if ahead {
					trail.Follow()
				}
				for _, p := range places {
					at = area[p+at-uint64(len(area))] // known once the one before is there
				}
			}
			if at != uint64(len(area)) {
				b.Fatal("lost the way")
			}
		})
	}
}
