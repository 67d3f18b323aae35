// Package wire is what dialects share in reading requests and replies: queries,
// header fields, bodies and the envelope of a reply. It is not a dialect: what a
// cloud calls these things and where it puts them is said there.
package wire

import (
	"bytes"

	"github.com/postern-dev/postern/abi"
)

// Room is how many query pairs or header fields are grouped without allocating.
// More are grouped with a map, so hostile requests cost no more per element.
const Room = 32

// Link is what grouping found out about one element of a list.
type Link struct {
	Next  int32 // index of the next element of the same name, 0 when there is none
	First bool  // no element before it has that name
	last  int32 // of a first element: index of the last one so far
}

// list is what is grouped: header fields, whose names are equal in any case, or
// the pairs of a query. It is no interface, because the elements would then have
// to live on the heap.
type list struct {
	header []abi.Field
	pairs  []Pair
	json   []byte // where the JSON strings of the names of pairs stand
}

func (l *list) len() int { return len(l.header) + len(l.pairs) }

func (l *list) name(i int) []byte {
	if l.pairs != nil {
		return l.json[l.pairs[i].from:l.pairs[i].to]
	}
	return l.header[i].Name
}

// hash returns 0 to 63, the same for equal names.
func (l *list) hash(i int) uint8 {
	name := l.name(i)
	n := len(name)
	if n < 3 {
		return uint8(n)
	}
	return (uint8(n)*7 + (name[1]|0x20)*11 + (name[n-2]|0x20)*3 + (name[n-3]|0x20)*5) & 63
}

func (l *list) same(i, j int) bool {
	if l.pairs != nil {
		return bytes.Equal(l.name(i), l.name(j))
	}
	return sameName(l.name(i), l.name(j))
}

// appendKey appends what is equal for equal names.
func (l *list) appendKey(dst []byte, i int) []byte {
	dst = append(dst, l.name(i)...)
	if l.pairs == nil {
		for i, c := range dst {
			dst[i] = lower(c)
		}
	}
	return dst
}

// group appends a link for each element of l to links, which is empty.
func group(links []Link, l *list) []Link {
	if l.len() > Room {
		return groupMany(links, l)
	}
	var seen uint64
	for i := range l.len() {
		links = append(links, Link{First: true})
		bit := uint64(1) << l.hash(i)
		if seen&bit == 0 {
			seen |= bit
			continue
		}
		for j := range i {
			if links[j].First && l.same(i, j) {
				join(links, j, i)
				break
			}
		}
	}
	return links
}

func groupMany(links []Link, l *list) []Link {
	firsts := make(map[string]int, l.len())
	var key []byte
	for i := range l.len() {
		links = append(links, Link{First: true})
		key = l.appendKey(key[:0], i)
		if j, ok := firsts[string(key)]; ok {
			join(links, j, i)
			continue
		}
		firsts[string(key)] = i
	}
	return links
}

// join puts element i behind the others of the name that element first was the
// first to have.
func join(links []Link, first, i int) {
	links[i].First = false
	if last := links[first].last; last != 0 {
		links[last].Next = int32(i)
	} else {
		links[first].Next = int32(i)
	}
	links[first].last = int32(i)
}
