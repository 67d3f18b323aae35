package lite

import (
	"math/bits"
	"unsafe"
)

// word is a name that events are made of: of a member, of a header field, or of
// both.
type word struct {
	name   string
	id     member
	header string // the name as a header field, in Canonical-Case
	place  int    // among the fields that the gateway adds; -1: it is none of them

	size               int
	first, inner, last uint64 // eight bytes each; a short name has the first only
}

// longest is the size of the longest names that the dictionary can have: three
// words tell all of it.
const longest = 24

// dictionary finds a word by a product of its first and its last bytes, which
// is another one for each of them.
type dictionary struct {
	factor uint64
	words  [256]*word
}

// newDictionary looks for a factor that gives every word a place of its own.
func newDictionary(words []*word) *dictionary {
	for _, w := range words {
		w.size = len(w.name)
		t := newScript(append([]byte(w.name), make([]byte, longest)...))
		w.first = t.at(0)
		if w.size < 8 {
			w.first &= 1<<(w.size*8) - 1
			continue
		}
		w.inner, w.last = t.at((w.size-8)/2), t.at(w.size-8)
	}
	d := &dictionary{factor: 0x9e3779b97f4a7c15}
	for !d.place(words) {
		d.factor += 0x3c6ef372fe94f82a
	}
	return d
}

// place puts every word into its slot. It reports false when two have the same.
func (d *dictionary) place(words []*word) bool {
	clear(d.words[:])
	for _, w := range words {
		at := &d.words[slot(w.first, w.last, d.factor)]
		if *at != nil {
			return false
		}
		*at = w
	}
	return true
}

func slot(first, last, factor uint64) uint64 {
	return (first ^ bits.RotateLeft64(last, 29)) * factor >> 56
}

// find returns the word of so many bytes at i, nil when it is not known.
func (d *dictionary) find(t script, i, size int) *word {
	first := t.at(i)
	if size < 8 {
		first &= 1<<(size*8) - 1
		if w := d.words[slot(first, 0, d.factor)]; w != nil && w.first == first && w.size == size {
			return w
		}
		return nil
	}
	last := t.at(i + size - 8)
	w := d.words[slot(first, last, d.factor)]
	if w == nil || w.first != first || w.last != last || w.size != size || size > 16 && w.inner != t.at(i+(size-8)/2) {
		return nil
	}
	return w
}

// script is a text that is read by words. Words may be read at any place up to
// last, even if they end behind the text.
type script struct {
	p    unsafe.Pointer
	last int
}

// newScript is b with what is behind it, as far as its room goes.
func newScript(b []byte) script {
	return script{unsafe.Pointer(unsafe.SliceData(b)), min(len(b)-1, cap(b)-8)}
}

// at is the word at i, which is no more than last.
func (t script) at(i int) uint64 { return wordOf(unsafe.Add(t.p, i)) }

// has reports whether the text goes on at i with s, which has 8 to 16 bytes. Of a
// constant that is two comparisons.
func (t script) has(i int, s string) bool {
	if i > t.last+8-len(s) {
		return false
	}
	p, q := unsafe.Add(t.p, i), unsafe.Pointer(unsafe.StringData(s))
	return wordOf(p) == wordOf(q) && wordOf(unsafe.Add(p, len(s)-8)) == wordOf(unsafe.Add(q, len(s)-8))
}

// hasLong is has for 16 to 32 bytes.
func (t script) hasLong(i int, s string) bool {
	if i > t.last+8-len(s) {
		return false
	}
	p, q := unsafe.Add(t.p, i), unsafe.Pointer(unsafe.StringData(s))
	return *pairOf(p) == *pairOf(q) && *pairOf(unsafe.Add(p, len(s)-16)) == *pairOf(unsafe.Add(q, len(s)-16))
}

// mark returns the place of the next quote or backslash; it is beyond last
// when there is none.
func (t script) mark(i int) int {
	for ; i <= t.last; i += 8 {
		if found := marks(t.at(i)); found != 0 {
			return i + bits.TrailingZeros64(found)>>3
		}
	}
	return i
}
