package image

// The numbers of private pages that are kept over a reset. A page that is kept is
// copied back in every reset, which takes a tenth of a microsecond; one that is
// dropped is a page fault of the next call that writes it, which takes one or two.
const (
	// maxPrivate are kept of any memory. Beyond it a memory gives its pages back to
	// the system, so that one greedy call does not make an idle instance large for
	// good nor all resets after it long.
	maxPrivate = 256
	// maxGreedy are kept of a memory whose calls are greedy one after the other:
	// room for the largest event and its reply.
	maxGreedy = 4096
	// keepFor is how many resets keep them before all are dropped once, to count
	// what a call still writes. A page that was kept does not tell.
	keepFor = 32
)

// habit is what a memory has learned of its calls.
type habit struct {
	bare   bool // the next call begins without private pages: all that it leaves are its own
	greedy bool // the last call that began so wrote more than maxPrivate
	left   int  // resets that may still keep up to maxGreedy pages
}

// most returns how many private pages the next reset keeps; if there are more it
// drops all.
func (h *habit) most() int {
	switch {
	case h.left == 1:
		return 0
	case h.left > 1, h.bare && h.greedy:
		return maxGreedy
	}
	return maxPrivate
}

// learn takes how many private pages a reset found, and whether it kept them.
func (h *habit) learn(private int, kept bool) {
	if h.bare {
		h.greedy = private > maxPrivate
	}
	switch h.bare = !kept; {
	case !kept:
		h.left = 0
	case h.left > 0:
		h.left--
	case private > maxPrivate:
		h.left = keepFor
	}
}

// settled reports whether the next reset is to find no more than it did at other
// times, and keeps that.
func (h *habit) settled() bool { return h.left == 0 }

// forget says that all private pages were dropped.
func (h *habit) forget() { h.bare, h.left = true, 0 }
