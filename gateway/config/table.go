package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// table is one table of the file. Its methods take the value of a key, leave
// *into as it is when the key is absent, and complain of what has another type
// or is out of bounds.
type table struct {
	r      *reader
	key    string // "" for the top of the file
	values map[string]any
	asked  map[string]bool
}

// at returns the full key of name.
func (t *table) at(name string) string { return join(t.key, name) }

// complain adds a complaint about the key name.
func (t *table) complain(name, format string, args ...any) {
	t.r.complain(t.at(name), format, args...)
}

// value returns the value of name, nil when there is none.
func (t *table) value(name string) any {
	t.asked[name] = true
	t.r.known[t.at(name)] = true
	return t.values[name]
}

// close complains of every key that nobody asked for.
func (t *table) close() {
	for name := range t.values {
		if t.asked[name] {
			continue
		}
		near := ""
		if len(t.r.List) < maxTold { // else nobody reads it
			near = nearest(name, slices.Sorted(maps.Keys(t.asked)))
		}
		if near != "" {
			t.complain(name, "unknown key, is it %s?", near)
		} else {
			t.complain(name, "unknown key")
		}
	}
}

// str reads a string and reports whether there is one.
func (t *table) str(name string, into *string) bool {
	v := t.value(name)
	if v == nil {
		return false
	}
	s, ok := v.(string)
	if !ok {
		t.complain(name, "must be a string, not %s", kindOf(v))
		return false
	}
	*into = s
	return true
}

// need reads a string and complains when it is absent.
func (t *table) need(name string, into *string, why string) bool {
	if t.value(name) == nil {
		t.complain(name, "is missing: %s", why)
		return false
	}
	return t.str(name, into)
}

// oneOf reads a string that must be one of choices.
func (t *table) oneOf(name string, into *string, choices ...string) bool {
	var s string
	if !t.str(name, &s) {
		return false
	}
	if !slices.Contains(choices, s) {
		t.complain(name, "%q must be %s", s, either(choices))
		return false
	}
	*into = s
	return true
}

func (t *table) boolean(name string, into *bool) bool {
	v := t.value(name)
	if v == nil {
		return false
	}
	b, ok := v.(bool)
	if !ok {
		t.complain(name, "must be true or false, not %s", kindOf(v))
		return false
	}
	*into = b
	return true
}

func (t *table) integer(name string, into *int, least, most int) bool {
	v := t.value(name)
	if v == nil {
		return false
	}
	n, ok := v.(int64)
	if !ok {
		t.complain(name, "must be a whole number, not %s", kindOf(v))
		return false
	}
	if n < int64(least) || n > int64(most) {
		t.complain(name, "%d must be from %d to %d", n, least, most)
		return false
	}
	*into = int(n)
	return true
}

func (t *table) size(name string, into *uint64, least, most uint64) bool {
	var n uint64
	switch v := t.value(name).(type) {
	case nil:
		return false
	case int64:
		if v < 0 {
			t.complain(name, "%d must not be negative", v)
			return false
		}
		n = uint64(v)
	case string:
		var err error
		if n, err = parseSize(v); err != nil {
			t.complain(name, "%q %v", v, err)
			return false
		}
	default:
		t.complain(name, `must be a size like "64MiB", not %s`, kindOf(v))
		return false
	}
	if n < least || n > most {
		t.complain(name, "%s must be from %s to %s", formatSize(n), formatSize(least), formatSize(most))
		return false
	}
	*into = n
	return true
}

func (t *table) duration(name string, into *time.Duration, least, most time.Duration) bool {
	v := t.value(name)
	if v == nil {
		return false
	}
	s, ok := v.(string)
	if !ok {
		t.complain(name, `must be a duration in quotes, like "60s", not %s`, kindOf(v))
		return false
	}
	d, err := parseDuration(s)
	if err != nil {
		t.complain(name, "%q %v", s, err)
		return false
	}
	if d < least || d > most {
		t.complain(name, "%s must be from %s to %s", d, least, most)
		return false
	}
	*into = d
	return true
}

// list reads an array of strings.
func (t *table) list(name string) ([]string, bool) {
	v := t.value(name)
	if v == nil {
		return nil, false
	}
	values, ok := v.([]any)
	if !ok {
		t.complain(name, "must be a list of strings, not %s", kindOf(v))
		return nil, false
	}
	out := make([]string, 0, len(values))
	for i, v := range values {
		s, isString := v.(string)
		if !isString {
			t.r.complain(element(t.at(name), i), "must be a string, not %s", kindOf(v))
			ok = false
			continue
		}
		out = append(out, s)
	}
	return out, ok
}

// words reads a string or an array of strings.
func (t *table) words(name string) ([]string, bool) {
	if s, ok := t.value(name).(string); ok {
		return []string{s}, true
	}
	return t.list(name)
}

// sub returns the table name, an empty one when it is absent.
func (t *table) sub(name string) *table {
	v := t.value(name)
	values, ok := v.(map[string]any)
	if v != nil && !ok {
		t.complain(name, "must be a table, not %s", kindOf(v))
	}
	return t.r.table(t.at(name), values)
}

// subs returns the tables of the array name.
func (t *table) subs(name string) []*table {
	var out []*table
	switch v := t.value(name).(type) {
	case nil:
	case []map[string]any:
		for i, values := range v {
			out = append(out, t.r.table(element(t.at(name), i), values))
		}
	case []any:
		for i, one := range v {
			key := element(t.at(name), i)
			values, ok := one.(map[string]any)
			if !ok {
				t.r.complain(key, "must be a table, not %s", kindOf(one))
				continue
			}
			out = append(out, t.r.table(key, values))
		}
	default:
		t.complain(name, "must be a list of tables, written [[%s]], not %s", t.at(name), kindOf(v))
	}
	return out
}

func kindOf(v any) string {
	switch v := v.(type) {
	case string:
		return "a string"
	case int64:
		return "the number " + strconv.FormatInt(v, 10)
	case float64:
		return "a number with a fraction"
	case bool:
		return strconv.FormatBool(v)
	case map[string]any:
		return "a table"
	case []any, []map[string]any:
		return "a list"
	}
	return "a date or time"
}

// either writes choices as "a", "b" or "c".
func either(choices []string) string {
	var b strings.Builder
	for i, c := range choices {
		switch {
		case i > 0 && i == len(choices)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(c))
	}
	return b.String()
}
