// Package trail brings memory near to a processor before it is used. What
// belongs to one of many functions lies far away when its turn comes: each line
// leads to the next, and each is waited for. Who used the same lines before can
// ask for all at once. It is not a cache and knows of no objects: a trail is a
// hint, and a wrong one only wastes a little time.
package trail

import "unsafe"

// Trail is where the lines are that some work touches. It holds addresses and
// no pointers, so it keeps nothing alive. Add to it first; from then on it is
// not changed and may be used by anybody at the same time. The zero value is
// empty.
type Trail struct {
	count int

	// A run is neighbouring lines, one less in the bits that an address of a
	// line leaves free:
	//
	//	63                              6       0
	//	├ address of the first line ────┼ more ─┤
	runs [room]uintptr
}

// Sizes in bytes, and bounds.
const (
	lineBytes = 64
	most      = 64  // lines of a run
	room      = 108 // runs; a call leaves about 80
)

// Add adds so many bytes from an address on. What does not fit is left out.
func (t *Trail) Add(at unsafe.Pointer, bytes uintptr) {
	if at == nil || bytes == 0 {
		return
	}
	first := uintptr(at) &^ (lineBytes - 1)
	last := (uintptr(at) + bytes - 1) &^ (lineBytes - 1)
	if n := t.count; n > 0 && t.covers(n-1, first) {
		first += lineBytes // the end of the one before, as with neighbours on a heap
		if first > last {
			return
		}
	}
	for t.count < room && first <= last {
		more := min((last-first)/lineBytes, most-1)
		t.runs[t.count] = first | more
		t.count++
		first += (more + 1) * lineBytes
	}
}

// covers reports whether a run ends with the line.
func (t *Trail) covers(n int, line uintptr) bool {
	run := t.runs[n]
	return run&^(lineBytes-1)+run&(lineBytes-1)*lineBytes == line
}

// Of adds all of a value; nil adds nothing.
func Of[T any](t *Trail, value *T) { t.Add(unsafe.Pointer(value), unsafe.Sizeof(*value)) }

// Each adds all elements of a slice.
func Each[T any](t *Trail, values []T) {
	var one T
	t.Add(unsafe.Pointer(unsafe.SliceData(values)), uintptr(len(values))*unsafe.Sizeof(one))
}

// Lines returns how many lines there are.
func (t *Trail) Lines() (n int) {
	for _, run := range t.runs[:t.count] {
		n += int(run&(lineBytes-1)) + 1
	}
	return n
}

// Follow asks for all lines and waits for none. Where the processor has no way
// to ask, it does nothing.
func (t *Trail) Follow() { fetch(&t.runs, t.count) }
