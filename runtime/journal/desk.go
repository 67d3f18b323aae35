package journal

import (
	"sync"
	"sync/atomic"

	"github.com/postern-dev/postern/runtime/internal/spread"
)

// desks are where lines lie that were just appended, those of one processor
// together: a line of every call, written down in one place by all processors,
// costs each of them more than the rest of the journal. When a desk is full, or
// somebody wants to read, the lines of all desks are filed in the order of their
// times.
type desks struct {
	desks []desk
	file  func(*Line)
	// Somebody follows, or the journal is closed: no line may lie about.
	cleared atomic.Bool
}

// desk is two lists of lines: one that lines are put onto, and one that is being
// filed.
type desk struct {
	mu    sync.Mutex
	lines []Line
	bytes int
	filed []Line // the filer's, like next; empty between filings
	next  int    // of filed

	_ [128 - 8 - 3*8 - 8 - 3*8 - 8]byte // desks of two processors share no cache line
}

// What a desk holds at most.
const (
	deskLines = 32
	deskBytes = 64 << 10
)

// newDesks returns empty desks whose lines go to file.
func newDesks(file func(*Line)) desks {
	return desks{desks: make([]desk, spread.Places()), file: file}
}

// put puts a line onto a desk, unless none may lie there. It reports whether it
// did, and whether it is time to file.
func (d *desks) put(line *Line) (taken, full bool) {
	one := &d.desks[line.Near%uint32(len(d.desks))]
	one.mu.Lock()
	defer one.mu.Unlock()
	if d.cleared.Load() {
		return false, false
	}
	if one.lines == nil {
		one.lines = make([]Line, 0, deskLines)
	}
	one.lines = append(one.lines, *line)
	one.bytes += weigh(line)
	return true, len(one.lines) == deskLines || one.bytes > deskBytes
}

// clear files what lies on all desks. One goroutine does so at a time.
func (d *desks) clear() {
	for n := range d.desks {
		d.desks[n].take()
	}
	for oldest := d.oldest(); oldest != nil; oldest = d.oldest() {
		d.file(&oldest.filed[oldest.next])
		oldest.next++
	}
	for n := range d.desks {
		one := &d.desks[n]
		clear(one.filed) // let go of the strings
		one.filed, one.next = one.filed[:0], 0
	}
}

// oldest returns the desk whose next line to be filed is older than those of the
// others, nil when all are filed.
func (d *desks) oldest() (oldest *desk) {
	for n := range d.desks {
		one := &d.desks[n]
		if one.next < len(one.filed) && (oldest == nil || one.filed[one.next].Time.Before(oldest.filed[oldest.next].Time)) {
			oldest = one
		}
	}
	return oldest
}

// take takes the lines from a desk, to be filed.
func (d *desk) take() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines, d.filed, d.bytes = d.filed, d.lines, 0
}
