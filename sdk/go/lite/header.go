package lite

import (
	"encoding/binary"
	"unsafe"
)

// Header is a set of header fields. An http.Header is the same type
// underneath: names are kept in Canonical-Case.
type Header map[string][]string

// Get returns the first value of a field, "" when there is none. The case of
// name does not matter.
func (h Header) Get(name string) string { return Values(h).Get(canonical(name)) }

// Set makes value the only one of a field.
func (h Header) Set(name, value string) { h[canonical(name)] = []string{value} }

// Add gives a field one more value: one more line of that name.
func (h Header) Add(name, value string) {
	name = canonical(name)
	h[name] = append(h[name], value)
}

// Header returns the first value of a header field, "" when there is none. The
// case of name does not matter.
func (e Event) Header(name string) string {
	for o := newObject(e.f.upTo(&e.f.headers)); ; {
		key, value, ok := o.next()
		if !ok {
			break
		}
		if equalFold(key, name) {
			return text(value)
		}
	}
	if f := e.all(); f.multiHeaders.to != 0 || f.cookies.to != 0 {
		return e.Headers().Get(name)
	}
	return ""
}

// Headers returns all header fields.
func (e Event) Headers() Header {
	f := e.all()
	source := f.text(f.headers)
	if several := f.text(f.multiHeaders); newObject(several).b != nil {
		source = several
	}
	h := fieldsOf(source)
	var cookies []byte
	for a := newArray(f.text(f.cookies)); ; {
		value, ok := a.next()
		if !ok {
			break
		}
		if len(cookies) > 0 {
			cookies = append(cookies, "; "...)
		}
		cookies = append(cookies, text(value)...)
	}
	if len(cookies) > 0 {
		h["Cookie"] = []string{string(cookies)}
	}
	return h
}

// fieldsOf returns the members of an object as header fields.
func fieldsOf(source []byte) Header {
	h := blank.take()
	o := newObject(source)
	for n := 1; ; n++ {
		key, value, ok := o.next()
		if !ok {
			return h
		}
		name := canonicalOf(key)
		if value[0] == '[' {
			h[name] = appendTexts(nil, value)
		} else {
			h[name] = program.keepList(text(value))
		}
		if len(h) < n {
			return repeatedFieldsOf(source)
		}
	}
}

// repeatedFieldsOf is fieldsOf for names that occur more than once.
func repeatedFieldsOf(source []byte) Header {
	h := Header{}
	for o := newObject(source); ; {
		key, value, ok := o.next()
		if !ok {
			return h
		}
		name := canonicalOf(key)
		h[name] = appendTexts(h[name], value)
	}
}

// appendTexts appends the text of a value or, when it is an array, those of
// its elements.
func appendTexts(dst []string, value []byte) []string {
	if len(value) == 0 || value[0] != '[' {
		return append(dst, text(value))
	}
	for a := newArray(value); ; {
		v, ok := a.next()
		if !ok {
			return dst
		}
		dst = append(dst, text(v))
	}
}

// canonical returns a header name with its words capitalised.
func canonical(name string) string {
	upper := true
	for i := range len(name) {
		c := name[i]
		if upper && 'a' <= c && c <= 'z' || !upper && 'A' <= c && c <= 'Z' {
			return string(capitalise([]byte(name)))
		}
		upper = c == '-'
	}
	return name
}

// canonicalOf is canonical for a name that the caller does not own.
func canonicalOf(key []byte) string {
	if room := program.keep(len(key)); room != nil {
		capitalise(room[:copy(room, key)])
		return unsafe.String(unsafe.SliceData(room), len(room))
	}
	return canonical(string(key))
}

func capitalise(name []byte) []byte {
	upper := true
	i := 0
	for ; i <= len(name)-8; i += 8 { // names that the host wrote in lower case
		w := binary.LittleEndian.Uint64(name[i:])
		if w&(ones*' ') != ones*' ' || (w|(w+ones*5))&highs != 0 || zeros(w^ones*'`') != 0 {
			break // something else than small letters and what has no case
		}
		dashes := dashesIn(w)
		first := dashes << 8
		if upper {
			first |= 0x80
		}
		upper = dashes>>63 != 0
		binary.LittleEndian.PutUint64(name[i:], w&^(first>>2&(w>>1)))
	}
	for ; i < len(name); i++ {
		c := name[i]
		switch {
		case upper && 'a' <= c && c <= 'z':
			name[i] = c - 'a' + 'A'
		case !upper && 'A' <= c && c <= 'Z':
			name[i] = c - 'A' + 'a'
		}
		upper = c == '-'
	}
	return name
}

// dashesIn marks the dashes of w, whose bytes are all ASCII, with their highest
// bit.
func dashesIn(w uint64) uint64 { return ^((w ^ ones*'-') + ones*0x7f) & highs }

// equalFold reports whether key and name are the same but for ASCII case.
func equalFold[S ~string | ~[]byte](key S, name string) bool {
	if len(key) != len(name) {
		return false
	}
	for i := range len(key) {
		if lower(key[i]) != lower(name[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c - 'A' + 'a'
	}
	return c
}
