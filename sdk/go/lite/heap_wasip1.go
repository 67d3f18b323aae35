package lite

import "unsafe"

// heap holds an object of every small size, with pointers in it and without.
// The allocator takes a run of memory for the first object of its size. That is
// many times the work of the objects that follow, so it is done at the start:
// then it is part of the image, and no call has to do it again.
var heap = settle()

// settled is the size up to which that is done. All steps of the allocator's
// sizes up to it are multiples of the smallest.
const (
	settled  = 512
	smallest = 8
)

type objects struct {
	plain    [settled / smallest][]byte
	pointers [settled / smallest][]*byte

	last         []byte // so that these are on the heap
	lastPointers []*byte
}

func settle() *objects {
	all := new(objects)
	for i := range all.plain {
		all.plain[i] = make([]byte, (i+1)*smallest)
		all.pointers[i] = make([]*byte, i+1)
	}
	return all
}

// span is how much memory the allocator takes at a time for objects of one of
// these sizes. It notes at the end which of their words are pointers.
const span = 8 << 10

// roomFor leaves half of a span, or somewhat less, to the objects that are made
// most, those of these sizes: then neither the calls that prime a function nor a
// clean one come to its end, which is the work of half a call, and an object lies
// in the same page as the note of its pointers. It is called when the function
// has started.
func roomFor(sizes ...int) {
	for _, size := range sizes {
		for done := false; !done; done = justBehindHalf(unsafe.Pointer(&heap.last[0])) {
			heap.last = make([]byte, size)
		}
		for done := false; !done; done = justBehindHalf(unsafe.Pointer(&heap.lastPointers[0])) {
			heap.lastPointers = make([]*byte, size/smallest)
		}
	}
}

func justBehindHalf(object unsafe.Pointer) bool {
	at := uintptr(object) % span
	return span/2 <= at && at < span/8*5
}
