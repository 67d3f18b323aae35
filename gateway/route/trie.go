package route

import "strings"

// node is a node of the trie of an app's templates; its parent edges are the
// segments of a template. Templates of one shape end in one leaf, whatever they
// call their variables.
type node struct {
	text        string // of the literal that leads here
	literals    map[string]*node
	one, greedy *node
	rest        *leaf // templates that end with a variable to the end
	leaf        *leaf // templates that end here
}

// insert returns the leaf of the template, which it makes when it is new.
func (n *node) insert(tokens []token) *leaf {
	for _, t := range tokens {
		switch t.kind {
		case tokenLiteral:
			n = n.literal(t.text)
		case tokenOne:
			if n.one == nil {
				n.one = &node{}
			}
			n = n.one
		case tokenGreedy:
			if n.greedy == nil {
				n.greedy = &node{}
			}
			n = n.greedy
		case tokenRest: // the last one
			if n.rest == nil {
				n.rest = &leaf{any: none}
			}
			return n.rest
		}
	}
	if n.leaf == nil {
		n.leaf = &leaf{any: none}
	}
	return n.leaf
}

func (n *node) literal(text string) *node {
	if n.literals == nil {
		n.literals = map[string]*node{}
	}
	child := n.literals[text]
	if child == nil {
		child = &node{text: text}
		n.literals[text] = child
	}
	return child
}

func compareText(a, b *node) int { return strings.Compare(a.text, b.text) }
