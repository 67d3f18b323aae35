package image

import (
	"bytes"
	"math/bits"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// A memory knows many of its blank pages without looking; who looks at all of
// them must find the same.
func TestMemory_contentsAreThoseOfItsBytes(t *testing.T) {
	page := os.Getpagesize()
	check := func(t *testing.T, m *Memory, did string) {
		t.Helper()
		got := m.Contents()
		want := ContentsOf(bytes.Clone(m.View()))
		if !slices.Equal(got.blank, want.blank) || !bytes.Equal(got.bytes, want.bytes) {
			t.Fatalf("%s: blank pages %b, want %b", did, got.blank, want.blank)
		}
	}
	try := func(t *testing.T, im *Image) {
		const pages = 48
		m, _ := makeMemory(t, im, uint64(3*pages*page))
		check(t, m, "begun")
		for n := range 200 {
			memory := m.Reallocate(uint64(max(int(m.Bytes()), rand.IntN(2*pages)*page)))
			at := rand.IntN(max(len(memory), 1))
			did := "grown"
			switch act := rand.IntN(6); {
			case act == 0 && len(memory) > 0:
				memory[at], did = byte(n), "written"
			case act == 1 && len(memory) > 0:
				same := memory[at]
				memory[at], did = same, "written as it was"
			case act == 2 && len(memory) > 0:
				_ = bytes.Count(memory[at:], []byte{1})
				did = "read"
			case act == 3:
				clear(memory[at:])
				did = "cleared"
			case act == 4 && im != nil:
				if err := m.Reset(); err != nil {
					t.Fatal(err)
				}
				did = "reset"
			case act == 5 && im != nil:
				if err := m.Reset(); err != nil {
					t.Fatal(err)
				}
				if err := m.Rest(); err != nil {
					t.Fatal(err)
				}
				did = "rested"
			}
			check(t, m, did)
		}
	}
	t.Run("blank", func(t *testing.T) { try(t, nil) })
	eachStrategy(t, func(t *testing.T, s strategy) {
		try(t, makeImage(t, s, sparse(48)))
		try(t, makeImage(t, s, nil))
	})
}

// What nobody has touched costs nothing to look at, and is not touched by it.
func TestMemory_contentsTouchNothing(t *testing.T) {
	count := func(m *Memory) (pages int) {
		touched, known := touchedPages(m.View())
		if !known {
			t.Skip("the system does not tell which pages were touched")
		}
		for _, word := range touched {
			pages += bits.OnesCount64(word)
		}
		return pages
	}
	page := os.Getpagesize()
	m, _ := makeMemory(t, nil, uint64(4000*page))
	memory := m.Reallocate(uint64(4000 * page))
	memory[7*page], memory[900*page], memory[3999*page] = 1, 1, 1
	before := count(m)
	n := 0
	for range m.Contents().Filled() {
		n++
	}
	if after := count(m); n != 3 || before > 3*512 || after != before { // 512: pages may be large ones
		t.Errorf("%d parts are filled, %d pages touched, then %d", n, before, after)
	}
}

func TestContents_filled(t *testing.T) {
	page := os.Getpagesize()
	for _, size := range []int{0, 1, page, page + 1, 9 * page, 64 * page, 130*page + 5} {
		for range 20 {
			memory := make([]byte, size)
			for range rand.IntN(9) {
				if size > 0 {
					memory[rand.IntN(size)] = 1
				}
			}
			again, last := make([]byte, size), -1
			for at, part := range ContentsOf(memory).Filled() {
				if at <= last || at%page != 0 {
					t.Fatalf("%d bytes: a part begins at %d after one that ends at %d", size, at, last)
				}
				for _, p := range slices.Collect(slices.Chunk(part, page)) {
					if len(bytes.Trim(p, "\x00")) == 0 {
						t.Fatalf("%d bytes: the part at %d has a blank page", size, at)
					}
				}
				copy(again[at:], part)
				last = at + len(part)
			}
			if !bytes.Equal(again, memory) {
				t.Fatalf("%d bytes: something is left out", size)
			}
		}
	}
}
