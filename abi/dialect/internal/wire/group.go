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

// list is what groupMany groups: header fields, whose names are equal in any
// case, or the pairs of a query. It is no interface, because the elements would
// then have to live on the heap.
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

// groupPairs appends a link for each pair to links, which is empty. json is where
// the names stand.
func groupPairs(links []Link, pairs []Pair, json []byte) []Link {
	l := list{pairs: pairs, json: json}
	if len(pairs) > Room {
		return groupMany(links, &l)
	}
	var seen uint64 // a bit for each hash
	for i := range pairs {
		name := l.name(i)
		links = append(links, Link{First: true})
		bit := uint64(1) << hashJSON(name)
		if seen&bit == 0 {
			seen |= bit
			continue
		}
		for j := range i {
			if links[j].First && bytes.Equal(l.name(j), name) {
				join(links, j, i)
				break
			}
		}
	}
	return links
}

// hashJSON returns 0 to 63 for a JSON string.
func hashJSON(name []byte) uint8 {
	n := len(name)
	if n < 3 {
		return uint8(n)
	}
	return (uint8(n)*7 + name[1]*11 + name[n-2]*3 + name[n-3]*5) & 63
}

// groupFields appends a link for each field of header, which has no more than
// Room, to links, which is empty.
func groupFields(links []Link, header []abi.Field) []Link {
	var seen [4]uint64 // a bit for each hash
	for i := range header {
		name := header[i].Name
		links = append(links, Link{First: IsToken(name)})
		if !links[i].First {
			continue
		}
		h := hashName(name)
		if bit := uint64(1) << (h & 63); seen[h>>6]&bit == 0 {
			seen[h>>6] |= bit
			continue
		}
		for j := range i {
			if links[j].First && sameName(header[j].Name, name) {
				join(links, j, i)
				break
			}
		}
	}
	return links
}

// groupMany appends a link for each element of l to links, which is empty.
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
