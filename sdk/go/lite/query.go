package lite

import (
	"strings"
	"unsafe"
)

// Query returns the first value of a query parameter, "" when there is none.
func (e Event) Query(name string) string {
	if e.all().rawQuery.to != 0 {
		return e.Queries().Get(name)
	}
	value := find(e.querySource(), name)
	if len(value) > 0 && value[0] == '[' {
		a := newArray(value)
		value, _ = a.next()
	}
	if string(value) == "true" { // written without an equals sign
		return ""
	}
	return text(value)
}

// Queries returns all query parameters.
func (e Event) Queries() Values {
	if raw := e.all().rawQuery; raw.to != 0 {
		return parseQuery(e.value(raw))
	}
	v := Values{}
	e.eachQuery(func(name, value string, _ bool) { v[name] = append(v[name], value) })
	return v
}

// RawQuery returns the query as it stands in a URL, without the question mark.
// Where the event has it decoded only, it is encoded again.
func (e Event) RawQuery() string {
	if raw := e.all().rawQuery; raw.to != 0 {
		return e.value(raw)
	}
	raw := program.keep(escaped * len(e.querySource()))[:0]
	e.eachQuery(func(name, value string, bare bool) {
		if len(raw) > 0 {
			raw = append(raw, '&')
		}
		raw = appendQuery(raw, name)
		if !bare {
			raw = appendQuery(append(raw, '='), value)
		}
	})
	return unsafe.String(unsafe.SliceData(raw), len(raw)) // nobody else has it
}

func (e Event) querySource() []byte {
	f := e.all()
	if several := f.text(f.multiQuery); newObject(several).b != nil {
		return several
	}
	return f.text(f.query)
}

// eachQuery visits the parameters of a decoded query in their order. A bare
// one was written without an equals sign.
func (e Event) eachQuery(visit func(name, value string, bare bool)) {
	for o := newObject(e.querySource()); ; {
		key, value, ok := o.next()
		if !ok {
			return
		}
		name := program.ownString(key)
		if value[0] != '[' {
			visitQuery(visit, name, value)
			continue
		}
		for a := newArray(value); ; {
			v, ok := a.next()
			if !ok {
				break
			}
			visitQuery(visit, name, v)
		}
	}
}

func visitQuery(visit func(name, value string, bare bool), name string, value []byte) {
	if string(value) == "true" {
		visit(name, "", true)
		return
	}
	visit(name, text(value), false)
}

// parseQuery reads what stands behind the question mark of a URL. Escapes that
// are none stay as they are.
func parseQuery(raw string) Values {
	v := Values{}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name = unescapeQuery(name)
		v[name] = append(v[name], unescapeQuery(value))
	}
	return v
}

func unescapeQuery(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			out = append(out, ' ')
		case s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			out = append(out, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

// escaped is how many bytes of a URL a byte of JSON becomes at most.
const escaped = 3

// appendQuery appends text as part of a query.
func appendQuery(dst []byte, s string) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '~':
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', digits[c>>4], digits[c&15])
		}
	}
	return dst
}
