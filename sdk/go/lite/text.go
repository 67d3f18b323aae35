package lite

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// isString reports whether a value is a string.
func isString(value []byte) bool { return len(value) >= 2 && value[0] == '"' }

// text returns a value as text: a string decoded, null and nothing as "", any
// other value as it is written.
func text(value []byte) string {
	if !isString(value) {
		if string(value) == "null" {
			return ""
		}
		return program.keepString(value)
	}
	inner := value[1 : len(value)-1]
	if markIn(inner, 0) >= len(inner) {
		return program.ownString(inner)
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
