package sched

// place is which of a lane's chains a link belongs to.
type place int

const (
	inQueue place = iota // waits for a slot, first come first served
	inWaits              // waits for its answer, in the order in which patience ends
	places
)

// link is where a call stands in a chain.
type link[R any] struct {
	prev, next *call[R]
	in         bool
}

// chain is a list of calls that needs no memory of its own.
type chain[R any] struct {
	first, last *call[R]
}

// insert puts c behind at, or first if at is nil.
func (h *chain[R]) insert(p place, c, at *call[R]) {
	l := &c.links[p]
	l.in = true
	l.prev = at
	if at == nil {
		l.next, h.first = h.first, c
	} else {
		l.next, at.links[p].next = at.links[p].next, c
	}
	if l.next == nil {
		h.last = c
	} else {
		l.next.links[p].prev = c
	}
}

// remove takes c out and reports whether it was in.
func (h *chain[R]) remove(p place, c *call[R]) bool {
	l := &c.links[p]
	if !l.in {
		return false
	}
	if l.prev == nil {
		h.first = l.next
	} else {
		l.prev.links[p].next = l.next
	}
	if l.next == nil {
		h.last = l.prev
	} else {
		l.next.links[p].prev = l.prev
	}
	*l = link[R]{}
	return true
}
