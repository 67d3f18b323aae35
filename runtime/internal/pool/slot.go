package pool

import "sync/atomic"

// lineBytes is how far apart slots lie, so that what one core writes no other
// core has to fetch.
const lineBytes = 64

// slotsPerCore leaves room for instances whose calls were interrupted, and for
// users of one core that began at the slot of another.
const slotsPerCore = 2

// slots are where instances wait that were used just now. Whoever finds one may
// take it, without a lock.
type slots[T Instance] []slot[T]

// slot holds an idle instance or nil.
type slot[T Instance] struct {
	place atomic.Pointer[Place[T]]
	_     [lineBytes - 8]byte
}

// Near is where a user of pools looks first: the slot that it found or laid an
// instance in last. Users that each keep their own drift apart, so each finds
// the instance again that it used before. It is best kept by what belongs to a
// core, such as the things in a [sync.Pool]. The zero value is ready; it is not
// safe for concurrent use.
type Near struct{ slot int }

// in returns the place in s to begin at.
func (n *Near) in(s int) int {
	if n.slot < s {
		return n.slot
	}
	return n.slot % s
}

// take takes an idle instance out, or returns nil.
func (s slots[T]) take(near *Near) *Place[T] {
	for n, at := 0, near.in(max(len(s), 1)); n < len(s); n++ {
		if s[at].place.Load() != nil { // a look leaves other cores their line
			if l := s[at].place.Swap(nil); l != nil {
				near.found(at, n)
				return l
			}
		}
		if at++; at == len(s) {
			at = 0
		}
	}
	return nil
}

// lay puts an idle instance in a slot and returns which; negative when all are
// taken. From then on it is anybody's.
func (s slots[T]) lay(l *Place[T], near *Near) int {
	for n, at := 0, near.in(max(len(s), 1)); n < len(s); n++ {
		if s[at].place.Load() == nil && s[at].place.CompareAndSwap(nil, l) {
			near.found(at, n)
			return at
		}
		if at++; at == len(s) {
			at = 0
		}
	}
	return -1
}

// found notes the slot that served after so many others. The first one is known:
// another pool may have fewer slots and must not change it.
func (n *Near) found(at, others int) {
	if others > 0 {
		n.slot = at
	}
}
