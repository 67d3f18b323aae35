package image

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// watching returns the strategy for images of any size.
func watching(t testing.TB) strategy {
	t.Helper()
	for _, s := range strategies() {
		if w, ok := s.(pagewatch); ok {
			return w.always()
		}
	}
	t.Skip("this system has no userfaultfd, or does not let us use it")
	return nil
}

// touch does to memory what a function or the host may do to it.
func touch(t *testing.T, random *rand.Rand, memory []byte, file int) {
	page := os.Getpagesize()
	at := random.IntN(len(memory))
	end := min(len(memory), at+1+random.IntN(3*page))
	switch random.IntN(6) {
	case 0: // read first
		memory[at] += byte(bytes.Count(memory[at:end], []byte{1}))
	case 1: // the system writes
		if _, err := unix.Pread(file, memory[at:end], 0); err != nil {
			t.Fatal(err)
		}
	case 2: // the system reads
		if _, err := unix.Pwrite(file, memory[at:end], 0); err != nil {
			t.Fatal(err)
		}
	case 3: // written with what is there already
		copy(memory[at:end], bytes.Clone(memory[at:end]))
	case 4: // the system takes pages away that are private
		if random.IntN(10) == 0 {
			_ = unix.Madvise(memory[at&^(page-1):], unix.MADV_PAGEOUT) // where it does so at all
		}
	default:
		clear(memory[at:end])
	}
}

// The slow twin compares all bytes.
func TestPagewatch_missesNoWrite(t *testing.T) {
	s := watching(t)
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, bytes.Repeat([]byte{0xEE}, 4*os.Getpagesize()), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	random := rand.New(rand.NewPCG(5, 6))
	want := sparse(700)
	im := makeImage(t, s, want)
	memories := make([]*Memory, 3)
	for i := range memories {
		memories[i], _ = makeMemory(t, im, im.Bytes()+64<<10)
	}
	for round := range 1500 {
		m := memories[random.IntN(len(memories))]
		memory := m.View()
		for range random.IntN(40) {
			touch(t, random, memory, int(file.Fd()))
		}
		if err := m.Reset(); err != nil {
			t.Fatal(err)
		}
		if random.IntN(50) == 0 {
			if err := m.Rest(); err != nil {
				t.Fatal(err)
			}
		}
		if round%7 == 0 { // reading all of it changes what the next reset finds
			if !bytes.Equal(memory, want) {
				t.Fatalf("round %d: the memory differs from its image", round)
			}
			continue
		}
		at := random.IntN(len(want) - 5000)
		if !bytes.Equal(memory[at:at+5000], want[at:at+5000]) {
			t.Fatalf("round %d: the memory differs from its image", round)
		}
	}
}

func TestPagewatch_countsWhatWasWrittenAndNothingElse(t *testing.T) {
	s := watching(t)
	want := bytes.Repeat([]byte{1}, 300*os.Getpagesize())
	m, memory := makeMemory(t, makeImage(t, s, want), uint64(len(want)))
	for round := range 3 {
		_ = bytes.Count(memory, []byte{1})
		for i := range 5 {
			memory[i*50*os.Getpagesize()]++
		}
		if err := m.Reset(); err != nil {
			t.Fatal(err)
		}
		if m.Private() != 5 {
			t.Fatalf("round %d: %d private pages, want 5", round, m.Private())
		}
		if err := m.Rest(); err != nil {
			t.Fatal(err)
		}
		if err := m.Reset(); err != nil {
			t.Fatal(err)
		}
		if m.Private() != 0 {
			t.Fatalf("round %d: %d private pages after a rest", round, m.Private())
		}
	}
}

func TestPagewatch_countsPagesThatLostTheirMarkAsWritten(t *testing.T) {
	s := watching(t)
	want := bytes.Repeat([]byte{1}, 40*os.Getpagesize())
	m, memory := makeMemory(t, makeImage(t, s, want), uint64(len(want)))
	memory[0]++
	start := memory[:20*os.Getpagesize()]
	if err := unix.Madvise(start, unix.MADV_DONTNEED); err != nil { // nobody marks them again
		t.Fatal(err)
	}
	for i := range start {
		start[i] = 7
	}
	memory[30*os.Getpagesize()]++
	if err := m.Reset(); err != nil {
		t.Fatal(err)
	}
	if m.Private() < 21 || !bytes.Equal(memory, want) {
		t.Fatalf("%d private pages, equal: %v", m.Private(), bytes.Equal(memory, want))
	}
}

func TestPagewatch_isForLargeImagesThatAreNotMostlyHoles(t *testing.T) {
	watching(t)
	page := os.Getpagesize()
	filled := func(pages, of int) []byte {
		memory := make([]byte, of*page)
		for i := range pages {
			memory[i*page] = 1
		}
		return memory
	}
	for _, c := range []struct {
		name      string
		pages, of int
		want      bool
	}{
		{"small", leastMarked - 1, 200, false},
		{"large", leastMarked, 200, true},
		{"mostly holes", leastMarked, leastMarked*partMarked + 1, false},
	} {
		im := makeImage(t, strategies()[0], filled(c.pages, c.of))
		if _, got := im.store.(*file).finder.(pagewatch); got != c.want {
			t.Errorf("%s: marks are used: %v, want %v", c.name, got, c.want)
		}
	}
}
