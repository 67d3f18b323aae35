package image

import (
	"bytes"
	"os"
	"testing"
)

// habitual is a memory whose calls write so many pages.
func habitual(t *testing.T, s strategy) (write func(pages int) (private int)) {
	t.Helper()
	want := sparse(2 * maxGreedy)
	m, got := makeMemory(t, makeImage(t, s, want), uint64(len(want)))
	return func(pages int) int {
		t.Helper()
		for at := range pages {
			got[at*os.Getpagesize()]++
		}
		if err := m.Reset(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got[:pages*os.Getpagesize()], want[:pages*os.Getpagesize()]) {
			t.Fatal("the memory differs from its image")
		}
		return m.Private()
	}
}

// eachWithPages runs test for the strategies that know private pages.
func eachWithPages(t *testing.T, test func(t *testing.T, s strategy)) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		if s.name() == (copying{}).name() {
			t.Skip("it keeps all pages")
		}
		test(t, s)
	})
}

func TestMemory_dropsThePagesOfOneGreedyCall(t *testing.T) {
	eachWithPages(t, func(t *testing.T, s strategy) {
		write := habitual(t, s)
		for round, pages := range []int{10, maxPrivate + 1, 10, maxPrivate + 1, 10} {
			want := pages
			if pages > maxPrivate {
				want = 0
			}
			if got := write(pages); got != want {
				t.Fatalf("round %d: %d pages are private after a call that wrote %d, want %d", round, got, pages, want)
			}
		}
	})
}

func TestMemory_keepsThePagesOfGreedyCalls(t *testing.T) {
	eachWithPages(t, func(t *testing.T, s strategy) {
		write := habitual(t, s)
		const pages = 2 * maxPrivate
		if got := write(pages); got != 0 {
			t.Fatalf("%d pages are private after the first greedy call", got)
		}
		dropped := 0
		for range 3 * keepFor {
			switch got := write(pages); got {
			case 0:
				dropped++
			case pages:
			default:
				t.Fatalf("%d pages are private, want %d", got, pages)
			}
		}
		if dropped != 2 {
			t.Errorf("pages were dropped %d times in %d calls, want 2", dropped, 3*keepFor)
		}
	})
}

func TestMemory_forgetsThatItsCallsWereGreedy(t *testing.T) {
	eachWithPages(t, func(t *testing.T, s strategy) {
		write := habitual(t, s)
		for range 3 {
			write(2 * maxPrivate)
		}
		for range keepFor {
			write(5)
		}
		if got := write(5); got != 5 {
			t.Errorf("%d pages are private long after the last greedy call, want 5", got)
		}
	})
}

func TestMemory_dropsMorePagesThanAnyEventNeeds(t *testing.T) {
	eachWithPages(t, func(t *testing.T, s strategy) {
		write := habitual(t, s)
		for range 5 {
			if got := write(maxGreedy + 1); got != 0 {
				t.Fatalf("%d pages are private", got)
			}
		}
	})
}

func TestMemory_hasNoPrivatePagesOnceItRested(t *testing.T) {
	eachWithPages(t, func(t *testing.T, s strategy) {
		want := sparse(2 * maxPrivate)
		m, got := makeMemory(t, makeImage(t, s, want), uint64(len(want)))
		for range 3 {
			for i := range got {
				got[i] = 0xA5
			}
			if err := m.Reset(); err != nil {
				t.Fatal(err)
			}
		}
		if m.Private() != 2*maxPrivate {
			t.Fatalf("%d pages are private", m.Private())
		}
		if err := m.Rest(); err != nil {
			t.Fatal(err)
		}
		if err := m.Reset(); err != nil {
			t.Fatal(err)
		}
		if m.Private() != 0 || !bytes.Equal(got, want) {
			t.Fatalf("%d pages are private after a rest", m.Private())
		}
	})
}
