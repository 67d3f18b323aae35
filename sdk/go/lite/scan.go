package lite

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

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

// isString reports whether a value is a string.
func isString(value []byte) bool { return len(value) >= 2 && value[0] == '"' }

// text returns a value as text: a string decoded, null and nothing as "", any
// other value as it is written.
func text(value []byte) string {
	if !isString(value) {
		if string(value) == "null" {
			return ""
		}
		return string(value)
	}
	inner := value[1 : len(value)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	return string(appendUnescaped(make([]byte, 0, len(inner)), inner))
}

// number returns a value as an integer, 0 when it is none.
func number(value []byte) int64 {
	var n int64
	negative := false
	for i, c := range value {
		switch {
		case '0' <= c && c <= '9':
			n = n*10 + int64(c-'0')
		case c == '-' && i == 0:
			negative = true
		default:
			return 0
		}
	}
	if negative {
		return -n
	}
	return n
}

// appendUnescaped appends the inside of a JSON string, decoded. What is not an
// escape is copied as it stands.
func appendUnescaped(dst, s []byte) []byte {
	for {
		n := bytes.IndexByte(s, '\\')
		if n < 0 || n+1 >= len(s) {
			return append(dst, s...)
		}
		dst = append(dst, s[:n]...)
		c := s[n+1]
		s = s[n+2:]
		switch c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			dst, s = appendRune(dst, s)
		default:
			dst = append(dst, c)
		}
	}
}

// appendRune appends the character whose four hex digits begin s. Two of them
// may make one character; half of a pair becomes U+FFFD.
func appendRune(dst, s []byte) (out, rest []byte) {
	r := hexRune(s)
	if r < 0 {
		return utf8.AppendRune(dst, utf8.RuneError), s
	}
	s = s[4:]
	if !utf16.IsSurrogate(r) {
		return utf8.AppendRune(dst, r), s
	}
	if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
		if both := utf16.DecodeRune(r, hexRune(s[2:])); both != utf8.RuneError {
			return utf8.AppendRune(dst, both), s[6:]
		}
	}
	return utf8.AppendRune(dst, utf8.RuneError), s
}

// hexRune reads four hex digits, -1 when there are none.
func hexRune(s []byte) rune {
	if len(s) < 4 {
		return -1
	}
	var r rune
	for _, c := range s[:4] {
		d := unhex(c)
		if d < 0 {
			return -1
		}
		r = r<<4 | rune(d)
	}
	return r
}

// unhex is the value of a hex digit, -1 when it is none.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
