package lite

import (
	"testing"
	"unsafe"
)

// thread is like the runtime's structure of a thread: the generator is
// somewhere inside, and its numbers may be elsewhere too.
type thread struct {
	before [10]uint64
	copies [2]uint64
	generator
	after [50]uint64
}

func (t *thread) draw() uint64 {
	if t.i >= t.n {
		for i := range t.buf {
			t.buf[i] = t.seed[0]*0x9e3779b97f4a7c15 + uint64(i)
		}
		t.seed[0]++
		t.i, t.n = 0, 32
	}
	t.i++
	t.copies = [2]uint64{t.copies[1], t.buf[t.i-1]}
	return t.buf[t.i-1]
}

func TestFindGenerator_findsItWhereverItStands(t *testing.T) {
	for drawn := range 70 {
		th := &thread{}
		th.seed[0] = 7
		for range drawn {
			th.draw()
		}
		if got := findGenerator(unsafe.Pointer(th), unsafe.Sizeof(*th), th.draw); got != &th.generator {
			t.Fatalf("after %d numbers: found %p, want %p", drawn, got, &th.generator)
		}
	}
}

func TestFindGenerator_findsNothingWhereThereIsNone(t *testing.T) {
	th, other := &thread{}, &thread{}
	other.seed[0] = 9
	if got := findGenerator(unsafe.Pointer(th), unsafe.Sizeof(*th), other.draw); got != nil {
		t.Fatalf("found %+v", got)
	}
	got := findGenerator(unsafe.Pointer(th), unsafe.Sizeof(*th), other.draw)
	got.renew(func([]byte) { t.Error("nothing was filled") })
}

func TestGenerator_goesOnWithWhatItIsGiven(t *testing.T) {
	th := &thread{}
	th.draw()
	th.renew(func(b []byte) {
		for i := range b {
			b[i] = 0xab
		}
	})
	const filled = 0xabababababababab
	for range ready {
		if got := th.draw(); got != filled {
			t.Fatalf("drew %#x, want what it was given", got)
		}
	}
	if th.i != th.n {
		t.Fatalf("it has %d numbers left that it was not given", th.n-th.i)
	}
	if th.seed != [4]uint64{filled, filled, filled, filled} || th.c != 0 {
		t.Fatalf("seed = %#x, c = %d", th.seed, th.c)
	}
	if th.after != [50]uint64{} || th.before != [10]uint64{} {
		t.Fatal("wrote beside the generator")
	}
}
