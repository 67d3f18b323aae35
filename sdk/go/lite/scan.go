package lite

import "bytes"

// The scanner finds values in JSON without decoding what nobody asks for. It
// trusts the host to send valid JSON: for anything else it gives some answer,
// but never a panic.

// object walks over the members of a JSON object.
type object struct {
	b []byte
	i int
}

// newObject begins at the first byte of a value. A value that is not an object
// has no members.
func newObject(b []byte) object {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return object{}
	}
	return object{b, i + 1}
}

// next returns the next key, without its quotes and with its escapes decoded,
// and the text of its value.
func (o *object) next() (key, value []byte, ok bool) {
	i := skipSeparator(o.b, o.i)
	if i >= len(o.b) || o.b[i] != '"' {
		return nil, nil, false
	}
	end := skipString(o.b, i)
	key = o.b[i+1 : max(i+1, end-1)]
	if bytes.IndexByte(key, '\\') >= 0 {
		key = appendUnescaped(nil, key)
	}
	from := skipSeparator(o.b, end)
	o.i = skipValue(o.b, from)
	return key, o.b[from:o.i], o.i > from
}

// find returns the value of a member, nil when there is none.
func find(b []byte, name string) []byte {
	o := newObject(b)
	for {
		key, value, ok := o.next()
		if !ok {
			return nil
		}
		if string(key) == name {
			return value
		}
	}
}

// array walks over the elements of a JSON array.
type array struct {
	b []byte
	i int
}

func newArray(b []byte) array {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '[' {
		return array{}
	}
	return array{b, i + 1}
}

func (a *array) next() (value []byte, ok bool) {
	from := skipSeparator(a.b, a.i)
	if from >= len(a.b) || a.b[from] == ']' {
		return nil, false
	}
	a.i = skipValue(a.b, from)
	return a.b[from:a.i], a.i > from
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipSeparator skips white space, commas and colons.
func skipSeparator(b []byte, i int) int {
	for i < len(b) {
		switch b[i] {
		case ' ', '\n', '\t', '\r', ',', ':':
			i++
		default:
			return i
		}
	}
	return i
}

// skipString returns the place after the string whose opening quote is at i.
func skipString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			break
		}
		i += n
		slashes := 0
		for b[i-1-slashes] == '\\' {
			slashes++ // ends at the opening quote at the latest
		}
		if slashes%2 == 0 {
			return i + 1
		}
	}
	return len(b)
}

// skipValue returns the place after the value that begins at i.
func skipValue(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = skipString(b, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
			i++
		case ',', ':', ' ', '\n', '\t', '\r':
			i++
			continue
		default:
			i = skipWord(b, i)
		}
		if depth == 0 {
			return i
		}
	}
	return i
}

// skipWord skips a number, true, false or null.
func skipWord(b []byte, i int) int {
	for i < len(b) {
		switch b[i] {
		case ',', ':', '}', ']', '"', '{', '[', ' ', '\n', '\t', '\r':
			return i
		}
		i++
	}
	return i
}
