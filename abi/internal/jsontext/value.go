package jsontext

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
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
	// It never becomes longer: with the room made, all can be written by words.
	dst = slices.Grow(dst, len(b))
	for near := 0; len(b) > 0; {
		// Escape sequences come in crowds or hardly ever: words find the near ones.
		for ; near > 0 && len(b) >= 8; near-- {
			w := binary.LittleEndian.Uint64(b)
			end := len(dst)
			binary.LittleEndian.PutUint64(dst[end:end+8], w)
			if m := (w ^ '\\'*ones - ones) &^ (w ^ '\\'*ones) & highs; m != 0 {
				n := bits.TrailingZeros64(m) / 8
				dst, b = appendUnescaped(dst[:end+n], b[n:])
				near = nearWords
				continue
			}
			dst, b = dst[:end+8], b[8:]
		}
		n := bytes.IndexByte(b, '\\')
		if n < 0 {
			return append(dst, b...)
		}
		dst, b = appendUnescaped(append(dst, b[:n]...), b[n:])
		near = nearWords
	}
	return dst
}

// nearWords is how many words are looked at one by one behind an escape sequence.
const nearWords = 8

// appendUnescaped appends what the escape sequence that b begins with stands for,
// and returns what is left of b.
func appendUnescaped(dst, b []byte) (extended, rest []byte) {
	if b[1] != 'u' {
		return append(dst, unescape(b[1])), b[2:]
	}
	r, _ := hex4(b[2:])
	b = b[6:]
	if utf16.IsSurrogate(r) {
		low, ok := rune(0), false
		if len(b) >= 6 && b[0] == '\\' && b[1] == 'u' {
			low, ok = hex4(b[2:])
		}
		r = utf16.DecodeRune(r, low)
		if ok && r != utf8.RuneError {
			b = b[6:]
		}
	}
	return utf8.AppendRune(dst, r), b
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
