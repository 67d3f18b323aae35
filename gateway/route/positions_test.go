package route

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// A positions set against a slice of booleans.
func TestPositions_agreeWithASlice(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var s positions
		var want [256]bool
		for range rng.IntN(12) {
			first := rng.IntN(256)
			last := min(255, first+rng.IntN(4)-1)
			s.addRange(first, last)
			for p := first; p <= last; p++ {
				want[p] = true
			}
		}
		forward, back := s.forward(), s.back()
		var got, all []int
		for p := s.next(0); p != none; p = s.next(p + 1) {
			got = append(got, p)
		}
		for p := range want {
			if want[p] {
				all = append(all, p)
			}
			if s.has(p) != want[p] || p < 255 && (forward.has(p+1) != want[p] || back.has(p) != want[p+1]) {
				t.Fatalf("position %d of %v is wrong", p, all)
			}
		}
		if !slices.Equal(got, all) {
			t.Fatalf("got %v, want %v", got, all)
		}
		if last := s.last(); len(all) > 0 && last != all[len(all)-1] || len(all) == 0 && last != none {
			t.Fatalf("last = %d of %v", last, all)
		}
	}
}
