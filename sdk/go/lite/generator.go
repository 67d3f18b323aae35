package lite

import "unsafe"

// generator is the state of the random numbers of Go's runtime, which
// math/rand/v2, unseeded math/rand and new maps draw from. It has the layout
// of internal/chacha8rand.State:
//
//	0            256        288  292  296
//	│buf, 32×8   │seed, 4×8 │i   │n   │c
//
// buf[i:n] are the next numbers; after them seed and c make 32 more.
type generator struct {
	buf     [32]uint64
	seed    [4]uint64
	i, n, c uint32
}

// maxThread is how many bytes of the runtime's thread structure are searched.
const maxThread = 4 << 10

// findGenerator looks for the generator that draw draws from, in the size
// bytes at p. It is the one whose last two numbers are those just drawn. Where
// the runtime keeps it is the runtime's own business, and a later version of
// Go may have none: then there is nil, and nothing is seeded anew.
func findGenerator(p unsafe.Pointer, size uintptr, draw func() uint64) *generator {
	for range 2 { // the second time when a refill came between the draws
		first, second := draw(), draw()
		for at := uintptr(0); at+unsafe.Sizeof(generator{}) <= size; at += 8 {
			if g := (*generator)(unsafe.Add(p, at)); g.gave(first, second) {
				return g
			}
		}
	}
	return nil
}

// gave reports whether g gave these numbers last.
func (g *generator) gave(first, second uint64) bool {
	return 2 <= g.i && g.i <= g.n && g.n <= uint32(len(g.buf)) && g.c <= 16 &&
		g.buf[g.i-2] == first && g.buf[g.i-1] == second
}

// ready is how many numbers a call may draw before the generator makes more.
const ready = 8

// renew makes the generator go on with the last numbers of buf, and then with
// a seed, that fill gives.
func (g *generator) renew(fill func([]byte)) {
	if g == nil {
		return
	}
	const first = uint32(len(g.buf)) - ready
	from, to := unsafe.Offsetof(g.buf)+uintptr(first)*8, unsafe.Offsetof(g.i)
	fill(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(g), from)), to-from))
	g.i, g.n, g.c = first, uint32(len(g.buf)), 0
}
