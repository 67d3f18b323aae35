package route

import "strings"

// prefixNode is a node of a radix tree over the bytes of paths. The tree of
// the prefixes "/user", "/users/a" and "/up" looks so, leaves in brackets:
//
//	"/u" ─┬─ "ser" [/user] ── "s/a" [/users/a]
//	      └─ "p" [/up]
//
// Invariant: the texts of a node's children begin with different bytes.
type prefixNode struct {
	text     string // what leads here from the parent
	first    string // the first bytes of the children's texts
	children []*prefixNode
	leaf     *leaf // nil when no prefix ends here
}

// insert returns the leaf of prefix below n, which it makes when it is new.
func (n *prefixNode) insert(prefix string) *leaf {
	for prefix != "" {
		i := strings.IndexByte(n.first, prefix[0])
		if i < 0 {
			child := &prefixNode{text: prefix}
			n.first += prefix[:1]
			n.children = append(n.children, child)
			n = child
			break
		}
		child := n.children[i]
		same := commonPrefix(child.text, prefix)
		if same < len(child.text) {
			lower := *child
			lower.text = child.text[same:]
			*child = prefixNode{text: prefix[:same], first: lower.text[:1], children: []*prefixNode{&lower}}
		}
		n, prefix = child, prefix[same:]
	}
	if n.leaf == nil {
		n.leaf = &leaf{any: none}
	}
	return n.leaf
}

// find returns the rule of the longest prefix of the path that accepts the
// method, or none.
func (n *prefixNode) find(s *search) int {
	rule, path := none, s.path
	for len(path) > 0 {
		i := strings.IndexByte(n.first, path[0])
		if i < 0 {
			break
		}
		if s.see != nil {
			n.trace(s, i)
		}
		n = n.children[i]
		if len(path) < len(n.text) || string(path[:len(n.text)]) != n.text {
			break
		}
		path = path[len(n.text):]
		if r := s.take(n.leaf); r != none {
			rule = r
		}
	}
	return rule
}

// trace tells of what find touches to get to a child.
func (n *prefixNode) trace(s *search, child int) {
	sawText(s, n.first)
	saw(s, &n.children[child])
	saw(s, n.children[child])
	sawText(s, n.children[child].text)
}

func commonPrefix(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
}
