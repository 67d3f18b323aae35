package route

import (
	"bytes"

	"github.com/postern-dev/postern/abi/fault"
)

// AppendCanonical appends the canonical form of the path raw to dst: every
// percent encoding is decoded once, but for %2F and %25, which stay, in upper
// case. Slashes are neither added nor removed, so raw and canonical paths have
// the same segments.
//
// It refuses, with fault.Invalid and dst as it was: a path that does not begin
// with '/', broken percent encodings, control characters and NUL whether
// encoded or not, and segments "." and ".." in any spelling, an encoded slash
// counted as a slash. A space, '?', '#' or '\' must be encoded; encoded they are
// data like any other, as are bytes that are not UTF-8.
func AppendCanonical(dst, raw []byte) ([]byte, error) {
	if len(raw) == 0 || raw[0] != '/' {
		return dst, fault.New(fault.Invalid, "the path does not begin with '/'")
	}
	start := len(dst)
	dots := -1 // dots of a segment that has nothing else so far; -1 when it has
	for i := 0; i < len(raw); i++ {
		c, encoded := raw[i], false
		if c == '%' {
			if i+2 >= len(raw) || !isHex(raw[i+1]) || !isHex(raw[i+2]) {
				return dst[:start], fault.New(fault.Invalid, "the path has a '%%' that is not followed by two hex digits")
			}
			c, encoded = unhex(raw[i+1])<<4|unhex(raw[i+2]), true
			i += 2
		}
		if c < ' ' || c == 0x7f {
			return dst[:start], fault.New(fault.Invalid, "the path holds a control character")
		}
		switch {
		case c == '/':
			if dots == 1 || dots == 2 {
				return dst[:start], errDots()
			}
			dots = 0
		case c == '.' && dots >= 0:
			dots++
		default:
			dots = -1
		}
		switch {
		case encoded && c == '/':
			dst = append(dst, "%2F"...)
		case encoded && c == '%':
			dst = append(dst, "%25"...)
		case !encoded && (c == ' ' || c == '?' || c == '#' || c == '\\'):
			return dst[:start], fault.New(fault.Invalid, "the path holds a %q that is not percent-encoded", c)
		default:
			dst = append(dst, c)
		}
	}
	if dots == 1 || dots == 2 {
		return dst[:start], errDots()
	}
	return dst, nil
}

func errDots() error {
	return fault.New(fault.Invalid, `the path has a segment "." or ".."`)
}

// decode returns value with the %2F and %25 of a canonical path decoded: value
// itself when there are none, else a copy.
func decode(value []byte) []byte {
	i := bytes.IndexByte(value, '%')
	if i < 0 {
		return value
	}
	out := append(make([]byte, 0, len(value)), value[:i]...)
	for ; i < len(value); i++ {
		c := value[i]
		if c == '%' && i+2 < len(value) && isHex(value[i+1]) && isHex(value[i+2]) {
			c = unhex(value[i+1])<<4 | unhex(value[i+2])
			i += 2
		}
		out = append(out, c)
	}
	return out
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}
