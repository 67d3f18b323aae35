// Package wire is what dialects share in reading requests and replies: queries,
// header fields, bodies and the envelope of a reply. It is not a dialect: what a
// cloud calls these things and where it puts them is said there.
package wire

// Room is how many query pairs or header fields are grouped without allocating.
// More are grouped with a map, so hostile requests cost no more per element.
const Room = 32

// Link is what grouping found out about one element of a list.
type Link struct {
	Next  int32 // index of the next element of the same name, 0 when there is none
	First bool  // no element before it has that name
	last  int32 // of a first element: index of the last one so far
}

// named is a list whose elements have names.
type named interface {
	Len() int
	Hash(i int) uint8             // 0 to 63; equal names have equal hashes
	Same(i, j int) bool           // whether two elements have the same name
	Key(dst []byte, i int) []byte // appends what identifies the name
}

// group appends a link for each element of list to links, which is empty.
func group[L named](links []Link, list L) []Link {
	if list.Len() > Room {
		return groupMany(links, list)
	}
	var seen uint64
	for i := range list.Len() {
		links = append(links, Link{First: true})
		bit := uint64(1) << list.Hash(i)
		if seen&bit == 0 {
			seen |= bit
			continue
		}
		for j := range i {
			if links[j].First && list.Same(i, j) {
				join(links, j, i)
				break
			}
		}
	}
	return links
}

func groupMany[L named](links []Link, list L) []Link {
	firsts := make(map[string]int, list.Len())
	var key []byte
	for i := range list.Len() {
		links = append(links, Link{First: true})
		key = list.Key(key[:0], i)
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
