package image

import (
	"bytes"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"testing"
)

// eachCounted runs test for every strategy with which a use may be quiet.
func eachCounted(t *testing.T, test func(t *testing.T, s strategy)) {
	if !countsFaults() {
		t.Skip("this system does not count page faults")
	}
	eachStrategy(t, func(t *testing.T, s strategy) {
		if _, ok := s.(copying); ok {
			t.Skip("the system is never asked")
		}
		test(t, s)
	})
}

// write writes to pages of a memory in one use.
func write(m *Memory, pages ...int) {
	m.BeginUse()
	defer m.EndUse()
	memory := m.View()
	for _, page := range pages {
		memory[page*os.Getpagesize()+7]++
	}
}

// reset resets a memory and compares it with its image.
func reset(t *testing.T, m *Memory) {
	t.Helper()
	if err := m.Reset(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(m.View(), m.im.store.view()) {
		t.Fatal("the memory is not its image")
	}
}

// settled returns a memory of so many pages whose first ones were written.
func settled(t *testing.T, s strategy, pages int, written ...int) *Memory {
	t.Helper()
	m, _ := makeMemory(t, makeImage(t, s, sparse(pages)), uint64(pages*os.Getpagesize()))
	write(m, written...)
	reset(t, m)
	return m
}

// quietly writes to pages until no fault of the runtime's own comes between.
func quietly(t *testing.T, m *Memory, pages ...int) {
	t.Helper()
	for range 100 {
		write(m, pages...)
		if m.use.quiet {
			return
		}
		reset(t, m)
	}
	t.Fatalf("uses that write to pages %v, which are private, are never quiet", pages)
}

func TestUse_isQuietOnPagesThatWereWritten(t *testing.T) {
	eachCounted(t, func(t *testing.T, s strategy) {
		m := settled(t, s, 40, 0, 5, 6, 39)
		for range 10 {
			quietly(t, m, 5, 39)
			reset(t, m)
			if m.Private() != 4 {
				t.Fatalf("%d pages are private, want 4", m.Private())
			}
		}
	})
}

func TestUse_isNotQuietOnAnotherPage(t *testing.T) {
	eachCounted(t, func(t *testing.T, s strategy) {
		for other := range 40 {
			m := settled(t, s, 40, 12)
			write(m, 12, other)
			if m.use.quiet && other != 12 {
				t.Fatalf("page %d was written for the first time, without a fault", other)
			}
			reset(t, m)
		}
	})
}

func TestUse_afterAQuietOneCounts(t *testing.T) {
	later := map[string]func(m *Memory){
		"another page": func(m *Memory) { write(m, 9) },
		"interrupted": func(m *Memory) {
			m.BeginUse()
			m.InterruptUse()
			runtime.Gosched()
			m.View()[9*os.Getpagesize()]++
			m.EndUse()
		},
		"another page, then a quiet one": func(m *Memory) { write(m, 9); write(m, 3) },
	}
	for name, use := range later {
		t.Run(name, func(t *testing.T) {
			eachCounted(t, func(t *testing.T, s strategy) {
				m := settled(t, s, 40, 3)
				quietly(t, m, 3)
				use(m)
				if m.use.quiet {
					t.Error("the reset will not ask what was written")
				}
				reset(t, m)
			})
		})
	}
}

func TestUse_ofAMemoryThatRestedIsAsked(t *testing.T) {
	eachCounted(t, func(t *testing.T, s strategy) {
		m := settled(t, s, 40, 3)
		quietly(t, m, 3)
		reset(t, m)
		if err := m.Rest(); err != nil {
			t.Fatal(err)
		}
		write(m, 3)
		if m.use.quiet {
			t.Error("a page that was given back was written, without a fault")
		}
		reset(t, m)
	})
}

func TestUse_ofManyPlacesIsAsked(t *testing.T) {
	eachCounted(t, func(t *testing.T, s strategy) {
		var pages []int
		for n := range maxSpans + 1 {
			pages = append(pages, 2*n)
		}
		m := settled(t, s, 2*len(pages), pages...)
		write(m, 0)
		if m.use.quiet {
			t.Error("more places are kept in mind than there is room for")
		}
		reset(t, m)
	})
}

// TestUse_missesNoWrite uses memories in every way there is, on several threads
// at once, and compares every byte after each reset.
func TestUse_missesNoWrite(t *testing.T) {
	eachCounted(t, func(t *testing.T, s strategy) {
		const pages, rounds = 200, 1500
		page := os.Getpagesize()
		im := makeImage(t, s, sparse(pages))
		var working sync.WaitGroup
		for worker := range 4 {
			working.Go(func() {
				r := rand.New(rand.NewPCG(1, uint64(worker)))
				m, err := NewMemory(im, uint64(2*pages*page))
				if err != nil {
					t.Error(err)
					return
				}
				defer m.Free()
				m.Reallocate(uint64(pages * page))
				quiet := 0
				for round := range rounds {
					for range 1 + r.IntN(3) {
						m.BeginUse()
						memory := m.View()
						if r.IntN(40) == 0 {
							m.InterruptUse()
							runtime.Gosched()
						}
						if r.IntN(60) == 0 {
							memory = m.Reallocate(uint64((pages + 1 + r.IntN(pages-1)) * page))
							memory[len(memory)-1]++
						}
						for range r.IntN(6) {
							memory[r.IntN(8)*page+r.IntN(page)]++
						}
						if r.IntN(20) == 0 {
							memory[r.IntN(len(memory))]++
						}
						m.EndUse()
					}
					if m.use.quiet {
						quiet++
					}
					if err := m.Reset(); err != nil {
						t.Error(err)
						return
					}
					if !bytes.Equal(m.View(), im.store.view()) {
						t.Errorf("worker %d, round %d: the memory is not its image", worker, round)
						return
					}
					if r.IntN(200) == 0 {
						if err := m.Rest(); err != nil {
							t.Error(err)
							return
						}
					}
				}
				if quiet < rounds/20 {
					t.Errorf("%d of %d uses were quiet: the test tests nothing", quiet, rounds)
				}
			})
		}
		working.Wait()
	})
}
