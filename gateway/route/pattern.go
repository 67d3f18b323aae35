package route

import "strings"

// Kind is the kind of a pattern; the stronger has the smaller number.
type Kind uint8

// Kinds of patterns.
const (
	Exact    Kind = iota // one path
	Prefix               // every path that begins so; stronger than templates
	Template             // with variables
	Loose                // every path that begins so; weaker than templates
)

// String returns the kind as a word.
func (k Kind) String() string {
	switch k {
	case Exact:
		return "exact"
	case Prefix:
		return "prefix"
	case Template:
		return "template"
	case Loose:
		return "loose"
	}
	return "unknown"
}

// Pattern is the parsed path of a rule. It is immutable; the zero Pattern is
// not valid.
type Pattern struct {
	kind    Kind
	text    string // as written
	literal string // the canonical path; empty for a template
	tokens  []token
}

// token is one segment of a template.
type token struct {
	kind tokenKind
	text string // of a literal its canonical text, of a variable its name
}

type tokenKind uint8

// The order of these is the order of templates.
const (
	tokenLiteral tokenKind = iota
	tokenOne               // one segment
	tokenGreedy            // one or more segments
	tokenRest              // one or more segments, to the end
)

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// Kind returns the pattern's kind.
func (p Pattern) Kind() Kind { return p.kind }

// Vars returns the names of the pattern's variables in the order of the path.
func (p Pattern) Vars() []string {
	var names []string
	for _, t := range p.tokens {
		if t.kind != tokenLiteral {
			names = append(names, t.text)
		}
	}
	return names
}

// Key returns what two patterns have in common when an app may not have both
// for one method: their kind and shape, whatever the case of their letters and
// the names of their variables.
func (p Pattern) Key() string {
	var b strings.Builder
	b.WriteByte('0' + byte(p.kind))
	b.WriteString(strings.ToLower(p.literal))
	for _, t := range p.tokens {
		b.WriteByte('/')
		if t.kind == tokenLiteral {
			b.WriteString(strings.ToLower(t.text))
		} else {
			b.WriteByte(byte(t.kind)) // a control character: no literal holds one
		}
	}
	return b.String()
}
