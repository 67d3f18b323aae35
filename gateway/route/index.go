package route

// methodAny is how a rule says that it takes every method.
const methodAny = "ANY"

// index finds the rule of one app by path and method. Its cost depends on the
// length of the path and on how the patterns branch, not on their number.
type index struct {
	exact     map[string]*leaf
	prefixes  prefixNode
	templates *node // nil when there are none
	loose     prefixNode
}

// insert returns the leaf of the pattern, which it makes when it is new.
func (x *index) insert(p Pattern) *leaf {
	switch p.kind {
	case Prefix:
		return x.prefixes.insert(p.literal)
	case Template:
		if x.templates == nil {
			x.templates = &node{}
		}
		return x.templates.insert(p.tokens)
	case Loose:
		return x.loose.insert(p.literal)
	}
	l := x.exact[p.literal]
	if l == nil {
		l = &leaf{any: none}
		x.exact[p.literal] = l
	}
	return l
}

// find returns the rule for the path and method of s, or none.
func (x *index) find(s *search) int {
	if rule := s.take(x.exact[string(s.path)]); rule != none {
		return rule
	}
	if rule := x.prefixes.find(s); rule != none {
		return rule
	}
	if x.templates != nil {
		s.split()
		if rule := s.visit(x.templates, positions{1}); rule != none {
			return rule
		}
	}
	return x.loose.find(s)
}
