package lite

import "math/bits"

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
	b, i := o.b, o.i
	if i < len(b) && b[i] == ',' { // as the host writes it
		i++
	}
	if i >= len(b) || b[i] != '"' {
		if i = skipSeparator(b, i); i >= len(b) || b[i] != '"' {
			return nil, nil, false
		}
	}
	i++
	end, found := i, uint64(0)
	for end <= len(b)-8 {
		if found = marks(wordAt(b, end)); found != 0 {
			break
		}
		end += 8
	}
	if found != 0 {
		end += bits.TrailingZeros64(found) / 8
	} else {
		end = markIn(b, end)
	}
	if end < len(b) && b[end] == '"' {
		key = b[i:end]
		end++
	} else {
		end = skipRest(b, i)
		key = appendUnescaped(nil, b[i:max(i, end-1)])
	}
	if end < len(b) && b[end] == ':' {
		end++
	}
	if end < len(b) && b[end] <= ' ' {
		end = skipSeparator(b, end)
	}
	if end < len(b) && b[end] == '"' {
		o.i = skipRest(b, end+1)
	} else {
		o.i = skipValue(b, end)
	}
	return key, b[end:o.i], o.i > end
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
func skipString(b []byte, i int) int { return skipRest(b, i+1) }

// skipValue returns the place after the value that begins at i.
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return i
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i+1)
	}
	return skipWord(b, i)
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
