package route

import "slices"

// none stands for no rule where a rule's number is expected.
const none = -1

// leaf is where patterns end: the rules of one pattern, by method.
type leaf struct {
	methods []string // sorted
	rules   []int    // of the method with the same index
	any     int      // the rule for every other method, or none
}

// add enters the rule for a method that has none yet.
func (l *leaf) add(method string, rule int) {
	if method == methodAny {
		l.any = rule
		return
	}
	i, _ := slices.BinarySearch(l.methods, method)
	l.methods = slices.Insert(l.methods, i, method)
	l.rules = slices.Insert(l.rules, i, rule)
}

// find returns the rule for method, or none.
func (l *leaf) find(method []byte) int {
	for i, m := range l.methods {
		if string(method) == m {
			return l.rules[i]
		}
	}
	return l.any
}
