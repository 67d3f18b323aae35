package jsontext

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Eight bytes are looked at together: a byte of a word w is below n (n up to
// 0x80) when its high bit is set in (w - n*ones) &^ w. A borrow may mark bytes
// above such a byte wrongly, never below it, so the lowest mark is right.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plain returns how many bytes b begins with that stand for themselves in a
// JSON string. When high is highs, bytes above 0x7F end the run too.
func plain(b []byte, high uint64) int {
	i := 0
	for ; len(b)-i >= 8; i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		quote := w ^ ('"' * ones)
		slash := w ^ ('\\' * ones)
		marks := (w-' '*ones)&^w | (quote-ones)&^quote | (slash-ones)&^slash
		marks = marks&highs | w&high
		if marks != 0 {
			return i + bits.TrailingZeros64(marks)/8
		}
	}
	for ; i < len(b); i++ {
		c := b[i]
		if c < ' ' || c == '"' || c == '\\' || uint64(c)&high != 0 {
			break
		}
	}
	return i
}

const hexDigits = "0123456789abcdef"

// AppendString appends s to dst as a JSON string. Each byte that is not part of
// valid UTF-8 becomes U+FFFD. It gives what abi.AppendString gives, sooner. s
// may be a part of dst.
func AppendString(dst, s []byte) []byte {
	dst = append(dst, '"')
	for {
		n := plain(s, highs)
		dst = append(dst, s[:n]...)
		s = s[n:]
		if len(s) == 0 {
			return append(dst, '"')
		}
		n = 1
		switch c := s[0]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			n = high(s)
			if n == 1 {
				dst = append(dst, "\uFFFD"...)
			} else {
				dst = append(dst, s[:n]...)
			}
		}
		s = s[n:]
	}
}

// high returns the length of the run of valid runes outside ASCII that s begins
// with, 1 when its first byte is not part of one.
func high(s []byte) int {
	n := 0
	for n < len(s) && s[n] >= utf8.RuneSelf {
		r, size := utf8.DecodeRune(s[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return max(n, 1)
}
