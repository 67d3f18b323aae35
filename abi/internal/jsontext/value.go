package jsontext

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// Kind is the kind of a JSON value.
type Kind uint8

// Kinds of values. Absent is the zero Kind: there is no value.
const (
	Absent Kind = iota
	Null
	True
	False
	Number
	String
	Array
	Object
)

// Value is a value as it stands in the text, valid JSON unless it is Absent.
type Value struct {
	Kind    Kind
	Raw     []byte // with the quotes of a string; points into the text
	escaped bool
}

// Given reports whether there is a value and it is not null.
func (v Value) Given() bool { return v.Kind > Null }

// Text returns the content of a string. It points into the JSON text where that
// is possible; a string with escape sequences is decoded behind scratch, which
// is returned extended. Bytes that are not UTF-8 are handed on as they are; half
// a surrogate pair becomes U+FFFD.
func (v Value) Text(scratch []byte) (text, extended []byte) {
	inner := v.inner()
	if !v.escaped {
		return inner, scratch
	}
	start := len(scratch)
	scratch = appendDecoded(scratch, inner)
	return scratch[start:len(scratch):len(scratch)], scratch
}

// Is reports whether v is the string want.
func (v Value) Is(want string) bool {
	if v.Kind != String {
		return false
	}
	if !v.escaped {
		return string(v.inner()) == want
	}
	var room [64]byte
	return string(appendDecoded(room[:0], v.inner())) == want
}

// Int returns the value of a number that is written as an integer of at most
// nine digits, and whether it is one.
func (v Value) Int() (int, bool) {
	if v.Kind != Number {
		return 0, false
	}
	return ParseInt(v.Raw)
}

// ParseInt reads digits with or without a minus sign: nine digits at most.
func ParseInt(b []byte) (int, bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 9 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

func (v Value) inner() []byte {
	if v.Kind != String {
		return nil
	}
	return v.Raw[1 : len(v.Raw)-1]
}

// appendDecoded appends the content of a string whose escape sequences the
// scanner has checked.
func appendDecoded(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		if b[i] != '\\' {
			n := bytes.IndexByte(b[i:], '\\')
			if n < 0 {
				n = len(b) - i
			}
			dst = append(dst, b[i:i+n]...)
			i += n
			continue
		}
		if b[i+1] != 'u' {
			dst = append(dst, unescape(b[i+1]))
			i += 2
			continue
		}
		r, _ := hex4(b[i+2:])
		i += 6
		if utf16.IsSurrogate(r) {
			low, ok := rune(0), false
			if len(b)-i >= 6 && b[i] == '\\' && b[i+1] == 'u' {
				low, ok = hex4(b[i+2:])
			}
			r = utf16.DecodeRune(r, low)
			if ok && r != utf8.RuneError {
				i += 6
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

func unescape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c // '"', '\\' and '/' stand for themselves
}
