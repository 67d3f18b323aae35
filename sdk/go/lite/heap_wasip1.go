package lite

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
}

func settle() *objects {
	all := new(objects)
	for i := range all.plain {
		all.plain[i] = make([]byte, (i+1)*smallest)
		all.pointers[i] = make([]*byte, i+1)
	}
	return all
}
