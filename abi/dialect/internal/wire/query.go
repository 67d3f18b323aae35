package wire

import (
	"bytes"
	"slices"

	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// Pair is one name and value of a query.
type Pair struct {
	Name, Value []byte // as sent; they point into the query
	Assigned    bool   // there was a '=' between them
	from, to    int32  // where the name's JSON string stands
}

// AppendPairs splits query at each '&' and appends what it finds to pairs.
// Nothing between two of them is nothing.
func AppendPairs(pairs []Pair, query []byte) []Pair {
	for len(query) > 0 {
		part := query
		if end := bytes.IndexByte(query, '&'); end >= 0 {
			part, query = query[:end], query[end+1:]
		} else {
			query = nil
		}
		if len(part) == 0 {
			continue
		}
		p := Pair{Name: part}
		if eq := bytes.IndexByte(part, '='); eq >= 0 {
			p = Pair{Name: part[:eq], Value: part[eq+1:], Assigned: true}
		}
		pairs = append(pairs, p)
	}
	return pairs
}

// Query is the pairs of one query, grouped by their decoded names.
type Query struct {
	Pairs []Pair
	Links []Link
	names []byte // JSON strings of all names
}

// NewQuery groups pairs with links, which is empty room. The names are decoded
// behind dst, whose extension the query holds on to: what is appended to the
// returned slice leaves them alone.
func NewQuery(dst []byte, pairs []Pair, links []Link) (Query, []byte) {
	for i := range pairs {
		p := &pairs[i]
		p.from = int32(len(dst))
		dst = AppendUnescaped(dst, p.Name)
		p.to = int32(len(dst))
	}
	q := Query{Pairs: pairs, names: dst}
	q.Links = groupPairs(links, pairs, dst)
	return q, dst
}

// Name returns the JSON string of the name of pair i.
func (q *Query) Name(i int) []byte {
	return q.names[q.Pairs[i].from:q.Pairs[i].to]
}

// Find returns the index of the first pair whose name has the JSON string name,
// -1 when there is none.
func (q *Query) Find(name []byte) int {
	for i := range q.Pairs {
		if q.Links[i].First && bytes.Equal(q.Name(i), name) {
			return i
		}
	}
	return -1
}

// AppendUnescaped appends part of a query to dst as a JSON string, with '+' and
// %XX decoded. A '%' that two hex digits don't follow stands for itself.
func AppendUnescaped(dst, part []byte) []byte {
	if !isEscaped(part) {
		return jsontext.AppendString(dst, part)
	}
	start := len(dst)
	dst = appendUnescapedBytes(dst, part)
	return quoteTail(dst, start)
}

// isEscaped reports whether there is something to decode in part.
func isEscaped(part []byte) bool {
	if len(part) > 32 {
		return bytes.IndexByte(part, '%') >= 0 || bytes.IndexByte(part, '+') >= 0
	}
	for _, c := range part {
		if c == '%' || c == '+' {
			return true
		}
	}
	return false
}

// quoteTail replaces dst[start:] with its JSON string.
func quoteTail(dst []byte, start int) []byte {
	end := len(dst)
	dst = jsontext.AppendString(dst, dst[start:end])
	n := copy(dst[start:], dst[end:])
	return dst[:start+n]
}

func appendUnescapedBytes(dst, part []byte) []byte {
	dst = slices.Grow(dst, len(part))
	out := dst[len(dst) : len(dst)+len(part)]
	n := 0
	for i := 0; i < len(part); i++ {
		c := part[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(part):
			hi, ok1 := jsontext.Unhex(part[i+1])
			lo, ok2 := jsontext.Unhex(part[i+2])
			if ok1 && ok2 {
				c = hi<<4 | lo
				i += 2
			}
		}
		out[n] = c
		n++
	}
	return dst[:len(dst)+n]
}
