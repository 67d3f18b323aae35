package route

import (
	"slices"
	"unsafe"

	"github.com/postern-dev/postern/abi"
)

// search is one look-up within an app, with room that is kept for the next.
type search struct {
	path   []byte
	method []byte
	allow  []string // methods of the rules whose pattern matched in vain

	starts []int     // where segment p begins; at the end, where one more would
	filled positions // of the segments that are not empty
	hits   []hit     // a stack: the literals still to be visited
	reach  []positions

	see func(at unsafe.Pointer, bytes uintptr) // told of what is touched; nil: nobody
}

// hit is a literal that matched, and the position behind it.
type hit struct {
	node   *node
	behind int
}

// split divides the path, of MaxSegments segments at most, into segments.
func (s *search) split() {
	s.starts = append(s.starts[:0], 1)
	s.filled = positions{}
	for i := 1; i <= len(s.path); i++ {
		if i < len(s.path) && s.path[i] != '/' {
			continue
		}
		if p := len(s.starts) - 1; i > s.starts[p] {
			s.filled.add(p)
		}
		s.starts = append(s.starts, i+1)
	}
}

// end returns the position behind the last segment.
func (s *search) end() int { return len(s.starts) - 1 }

// span returns the bytes between two positions.
func (s *search) span(from, to int) []byte { return s.path[s.starts[from] : s.starts[to]-1] }

// take returns the rule of l, which may be nil, that accepts the method. It
// remembers what would have been accepted when there is none.
func (s *search) take(l *leaf) int {
	if l == nil {
		return none
	}
	saw(s, l)
	rule := l.find(s.method)
	if rule == none {
		for _, m := range l.methods {
			if !slices.Contains(s.allow, m) {
				s.allow = append(s.allow, m)
			}
		}
	}
	return rule
}

// visit returns the rule of the first template, in the order of templates, that
// is n or below n, matches the rest of the path from one of the positions at,
// and accepts the method. Every node is visited once at most, with all the
// positions that it can be reached with.
func (s *search) visit(n *node, at positions) int {
	saw(s, n)
	if n.literals != nil {
		if rule := s.visitLiterals(n, at); rule != none {
			return rule
		}
	}
	if n.one != nil {
		if next := at.and(s.filled).forward(); next != (positions{}) {
			if rule := s.visit(n.one, next); rule != none {
				return rule
			}
		}
	}
	first := at.next(0)
	if n.greedy != nil && first < s.end() {
		if next := s.greedy(first); next != (positions{}) {
			if rule := s.visit(n.greedy, next); rule != none {
				return rule
			}
		}
	}
	if n.rest != nil && first < s.end() && len(s.span(first, s.end())) > 0 {
		if rule := s.take(n.rest); rule != none {
			return rule
		}
	}
	if at.has(s.end()) {
		return s.take(n.leaf)
	}
	return none
}

// greedy returns where a greedy variable may end that begins at first or later.
// Two segments are never empty, for there is a slash between them.
func (s *search) greedy(first int) positions {
	var next positions
	if s.filled.has(first) {
		next.add(first + 1)
	}
	next.addRange(first+2, s.end())
	return next
}

func (s *search) visitLiterals(n *node, at positions) int {
	base := len(s.hits)
	for p := at.next(0); p != none && p < s.end(); p = at.next(p + 1) {
		if child := n.literals[string(s.span(p, p+1))]; child != nil {
			s.hits = append(s.hits, hit{child, p + 1})
		}
	}
	end := len(s.hits)
	if end-base > 1 {
		slices.SortFunc(s.hits[base:end], func(a, b hit) int { return compareText(a.node, b.node) })
	}
	rule := none
	for i := base; i < end && rule == none; {
		child := s.hits[i].node
		var next positions
		for ; i < end && s.hits[i].node == child; i++ {
			next.add(s.hits[i].behind)
		}
		rule = s.visit(child, next)
	}
	clear(s.hits[base:end]) // the room outlives the table
	s.hits = s.hits[:base]
	return rule
}

// appendParams appends the variables of a template that matches the path.
func (s *search) appendParams(dst []abi.Param, tokens []token) []abi.Param {
	even := len(tokens) == s.end() // every variable takes one segment
	if !even {
		s.findBegins(tokens)
	}
	p := 0
	for i, t := range tokens {
		q := p + 1
		if t.kind >= tokenGreedy && !even {
			q = s.reach[i+1].last()
		}
		if t.kind != tokenLiteral {
			dst = append(dst, abi.Param{Name: t.text, Value: decode(s.span(p, q))})
		}
		p = q
	}
	return dst
}

// findBegins goes back from the end of the path to learn at which positions
// each token may begin. With that, every greedy variable in turn can take the
// most that leaves the tokens behind it a match.
func (s *search) findBegins(tokens []token) {
	s.reach = slices.Grow(s.reach[:0], len(tokens)+1)[:len(tokens)+1]
	clear(s.reach)
	s.reach[len(tokens)].add(s.end())
	for i := len(tokens) - 1; i >= 0; i-- {
		s.reach[i] = s.begins(tokens[i], s.reach[i+1])
	}
}

// begins returns the positions where t may begin when it ends at one of ends.
func (s *search) begins(t token, ends positions) positions {
	switch t.kind {
	case tokenOne:
		return ends.back().and(s.filled)
	case tokenLiteral:
		var out positions
		for q := ends.next(1); q != none; q = ends.next(q + 1) {
			if string(s.span(q-1, q)) == t.text {
				out.add(q - 1)
			}
		}
		return out
	}
	var out positions
	last := ends.last()
	if last >= 1 && s.filled.has(last-1) {
		out.add(last - 1)
	}
	out.addRange(0, last-2)
	return out
}
