package image

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// eachStrategy runs test for everything the system offers.
func eachStrategy(t *testing.T, test func(t *testing.T, s strategy)) {
	for _, s := range everyStrategy() {
		t.Run(s.name(), func(t *testing.T) { test(t, s) })
	}
}

// everyStrategy returns what the system offers, for images of any size.
func everyStrategy() []strategy {
	all := slices.Clone(strategies())
	for i, s := range all {
		if picky, ok := s.(interface{ always() strategy }); ok {
			all[i] = picky.always()
		}
	}
	return all
}

// sparse returns pages of which every third holds something.
func sparse(pages int) []byte {
	page := os.Getpagesize()
	b := make([]byte, pages*page)
	for i := 0; i < len(b); i += 3 * page {
		copy(b[i:], "page "+strconv.Itoa(i))
	}
	return b
}

func makeImage(t testing.TB, s strategy, memory []byte) *Image {
	t.Helper()
	im, err := newImage(s, ContentsOf(memory))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { im.Close() })
	return im
}

func makeMemory(t testing.TB, im *Image, max uint64) (*Memory, []byte) {
	t.Helper()
	m, err := NewMemory(im, max)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Free)
	return m, m.Reallocate(0)
}

func TestMemory_startsAsItsImage(t *testing.T) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		want := sparse(10)
		im := makeImage(t, s, want)
		_, got := makeMemory(t, im, im.Bytes()+1<<20)
		if !bytes.Equal(got, want) {
			t.Fatal("the memory differs from its image")
		}
	})
}

func TestMemory_isTheImageAgainAfterReset(t *testing.T) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		want := sparse(300)
		m, got := makeMemory(t, makeImage(t, s, want), uint64(len(want)))
		random := rand.New(rand.NewPCG(1, 2))
		for round := range 50 {
			for range random.IntN(20 * (round + 1)) {
				got[random.IntN(len(got))] = byte(random.Uint32())
			}
			if err := m.Reset(); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Fatalf("round %d: the memory differs from its image", round)
			}
		}
	})
}

func TestMemory_isTheImageAgainAfterBeingScribbledOver(t *testing.T) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		for _, pages := range []int{1, 64, maxPrivate, maxPrivate + 1, 3 * maxPrivate} {
			want := sparse(pages)
			m, got := makeMemory(t, makeImage(t, s, want), uint64(len(want)))
			for range 3 {
				for i := range got {
					got[i] = 0xA5
				}
				if err := m.Reset(); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Fatalf("%d pages: the memory differs from its image", pages)
				}
			}
		}
	})
}

func TestMemory_shareNothingButTheImage(t *testing.T) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		want := sparse(4)
		im := makeImage(t, s, want)
		_, a := makeMemory(t, im, im.Bytes())
		b, other := makeMemory(t, im, im.Bytes())
		a[0], a[len(a)-1] = 'a', 'a'
		if !bytes.Equal(other, want) {
			t.Fatal("a write shows in another memory")
		}
		other[1] = 'b'
		if err := b.Reset(); err != nil {
			t.Fatal(err)
		}
		if a[0] != 'a' || a[len(a)-1] != 'a' || a[1] == 'b' {
			t.Fatal("a reset shows in another memory")
		}
	})
}

func TestImage_isACopy(t *testing.T) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		original := sparse(2)
		want := bytes.Clone(original)
		im := makeImage(t, s, original)
		clear(original)
		if _, got := makeMemory(t, im, im.Bytes()); !bytes.Equal(got, want) {
			t.Fatal("the image changed with the memory it was taken from")
		}
	})
}

func TestImage_outlivesItsMakerWhileMemoriesUseIt(t *testing.T) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		want := sparse(8)
		im, err := newImage(s, ContentsOf(want))
		if err != nil {
			t.Fatal(err)
		}
		m, got := makeMemory(t, im, im.Bytes())
		if err := im.Close(); err != nil {
			t.Fatal(err)
		}
		got[0] = 1
		if err := m.Reset(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatal("the memory differs from its image")
		}
	})
}

func TestMemory_isStillTheImageAfterARest(t *testing.T) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		want := sparse(40)
		m, got := makeMemory(t, makeImage(t, s, want), uint64(len(want)))
		for range 3 {
			for i := 0; i < len(got); i += 1000 {
				got[i]++
			}
			if err := m.Reset(); err != nil {
				t.Fatal(err)
			}
			if err := m.Rest(); err != nil {
				t.Fatal(err)
			}
			if m.Private() != 0 || !bytes.Equal(got, want) {
				t.Fatalf("%d private pages, equal: %v", m.Private(), bytes.Equal(got, want))
			}
		}
	})
}

func TestNewMemory_refusesAClosedImage(t *testing.T) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		im, err := newImage(s, ContentsOf(sparse(2)))
		if err != nil {
			t.Fatal(err)
		}
		if err := im.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := NewMemory(im, im.Bytes()); !errors.Is(err, errClosed) {
			t.Fatalf("err = %v, want %v", err, errClosed)
		}
	})
}

func TestMemory_isAsShortAsItsImageAfterReset(t *testing.T) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		want := sparse(2)
		im := makeImage(t, s, want)
		m, _ := makeMemory(t, im, im.Bytes()+256<<10)
		for _, more := range []uint64{64 << 10, 192 << 10, 64<<10 + 1, 128 << 10} {
			grown := m.Reallocate(im.Bytes() + more)
			if uint64(len(grown)) != im.Bytes()+more || uint64(len(grown)) != m.Bytes() {
				t.Fatalf("grown to %d, says %d", len(grown), m.Bytes())
			}
			if !bytes.Equal(grown[:im.Bytes()], want) {
				t.Fatal("growing changed the image's part")
			}
			if tail := grown[im.Bytes():]; !bytes.Equal(tail, make([]byte, len(tail))) {
				t.Fatal("the grown part is not zero")
			}
			for i := range grown {
				grown[i] = 0xA5
			}
			if err := m.Reset(); err != nil {
				t.Fatal(err)
			}
			if got := m.View(); !bytes.Equal(got, want) {
				t.Fatalf("the memory, %d bytes, is not its image", len(got))
			}
		}
	})
}

func TestMemory_countsRefusedGrowth(t *testing.T) {
	im := makeImage(t, strategies()[0], sparse(2))
	m, _ := makeMemory(t, im, im.Bytes()+64<<10)
	for want := 1; want <= 2; want++ {
		if got := m.Reallocate(im.Bytes() + 64<<10 + 1); got != nil {
			t.Fatalf("got %d bytes beyond the maximum", len(got))
		}
		if got := m.Refused(); got != want {
			t.Fatalf("refused %d times, want %d", got, want)
		}
	}
	if err := m.Reset(); err != nil {
		t.Fatal(err)
	}
}

func TestMemory_asksBeforeItGrows(t *testing.T) {
	m, _ := makeMemory(t, nil, 1<<20)
	room := uint64(128 << 10)
	m.Admit = func(bytes uint64) bool {
		if bytes > room {
			return false
		}
		room -= bytes
		return true
	}
	for _, size := range []uint64{64 << 10, 128 << 10, 128 << 10} {
		if got := m.Reallocate(size); uint64(len(got)) != size {
			t.Fatalf("got %d bytes, want %d", len(got), size)
		}
	}
	if got := m.Reallocate(192 << 10); got != nil || m.Refused() != 1 || m.Bytes() != 128<<10 {
		t.Fatalf("got %d bytes that nobody admitted", len(got))
	}
}

func TestMemory_canBeBlank(t *testing.T) {
	m, _ := makeMemory(t, nil, 1<<20)
	got := m.Reallocate(64 << 10)
	if !bytes.Equal(got, make([]byte, 64<<10)) {
		t.Fatal("a blank memory is not blank")
	}
	copy(got, "kept")
	if got = m.Reallocate(128 << 10); string(got[:4]) != "kept" {
		t.Fatal("growing lost what was written")
	}
	if err := m.Reset(); !errors.Is(err, errBlank) {
		t.Fatalf("err = %v, want %v", err, errBlank)
	}
}

func TestMemory_canBeEmpty(t *testing.T) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		m, got := makeMemory(t, makeImage(t, s, nil), 0)
		if len(got) != 0 {
			t.Fatalf("got %d bytes", len(got))
		}
		if err := m.Reset(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestNewMemory_refusesAnImageThatDoesNotFit(t *testing.T) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		im := makeImage(t, s, sparse(2))
		if m, err := NewMemory(im, im.Bytes()-1); err == nil {
			m.Free()
			t.Fatal("got a memory smaller than its image")
		}
	})
}

func TestMemory_freesOnce(t *testing.T) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		im := makeImage(t, s, sparse(2))
		m, err := NewMemory(im, im.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		m.Free()
		m.Free()
		if _, got := makeMemory(t, im, im.Bytes()); !bytes.Equal(got, sparse(2)) {
			t.Fatal("freeing a memory twice hurt its image")
		}
	})
}

func TestMemory_manyAtOnce(t *testing.T) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		want := sparse(40)
		im := makeImage(t, s, want)
		var group sync.WaitGroup
		for worker := range 8 {
			group.Go(func() {
				random := rand.New(rand.NewPCG(3, uint64(worker)))
				for range 20 {
					m, err := NewMemory(im, im.Bytes()+64<<10)
					if err != nil {
						t.Error(err)
						return
					}
					got := m.Reallocate(0)
					for range 10 {
						got[random.IntN(len(got))]++
						if err := m.Reset(); err != nil {
							t.Error(err)
						} else if !bytes.Equal(got, want) {
							t.Error("the memory differs from its image")
						}
					}
					m.Free()
				}
			})
		}
		group.Wait()
	})
}

func BenchmarkReset(b *testing.B) {
	for _, s := range everyStrategy() {
		for _, size := range []struct{ pages, dirty int }{{32, 2}, {800, 25}} {
			b.Run(s.name()+"/pages="+strconv.Itoa(size.pages)+"/dirty="+strconv.Itoa(size.dirty), func(b *testing.B) {
				im := makeImage(b, s, bytes.Repeat([]byte{1}, size.pages*os.Getpagesize()))
				m, memory := makeMemory(b, im, im.Bytes())
				step := len(memory) / size.dirty
				b.ReportAllocs()
				for b.Loop() {
					for i := range size.dirty {
						memory[i*step]++
					}
					if err := m.Reset(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkNewMemory(b *testing.B) {
	for _, s := range everyStrategy() {
		b.Run(s.name(), func(b *testing.B) {
			im := makeImage(b, s, sparse(800))
			b.ReportAllocs()
			for b.Loop() {
				m, err := NewMemory(im, 64<<20)
				if err != nil {
					b.Fatal(err)
				}
				m.Free()
			}
		})
	}
}

func TestImage_holdsNoPagesOfZeros(t *testing.T) {
	eachStrategy(t, func(t *testing.T, s strategy) {
		const filled = 4
		memory := make([]byte, 1024*os.Getpagesize())
		for i := range filled {
			memory[i*100*os.Getpagesize()] = 1
		}
		got, want := makeImage(t, s, memory).Held(), uint64(filled*os.Getpagesize())
		if s == strategy(copying{}) {
			want = uint64(len(memory))
		}
		if got != want {
			t.Fatalf("the image holds %d bytes, want %d", got, want)
		}
	})
}
