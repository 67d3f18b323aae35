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

// marks has the high bit set of each byte of w that does not stand for itself in
// a JSON string, and of bytes above 0x7F when high is highs; only the lowest of
// them is reliable.
func marks(w, high uint64) uint64 {
	quote := w ^ ('"' * ones)
	slash := w ^ ('\\' * ones)
	m := (w-' '*ones)&^w | (quote-ones)&^quote | (slash-ones)&^slash
	return m&highs | w&high
}

// plain returns how many bytes b begins with that stand for themselves in a
// JSON string. When high is highs, bytes above 0x7F end the run too.
func plain(b []byte, high uint64) int {
	i := 0
	for ; len(b)-i >= 8; i += 8 {
		if m := marks(binary.LittleEndian.Uint64(b[i:]), high); m != 0 {
			return i + bits.TrailingZeros64(m)/8
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
// valid UTF-8 becomes U+FFFD. s may be a part of dst.
func AppendString(dst, s []byte) []byte {
	dst = append(dst, '"')
	for {
		// Eight bytes are written at once where there is room for them, however
		// many of them count.
		for len(s) >= 8 && cap(dst)-len(dst) >= 8 {
			w := binary.LittleEndian.Uint64(s)
			end := len(dst)
			binary.LittleEndian.PutUint64(dst[end:end+8], w)
			if m := marks(w, highs); m != 0 {
				n := bits.TrailingZeros64(m) / 8
				dst, s = appendSpecial(dst[:end+n], s[n:])
				continue
			}
			dst, s = dst[:end+8], s[8:]
		}
		n := plain(s, highs)
		dst = append(dst, s[:n]...)
		if s = s[n:]; len(s) == 0 {
			return append(dst, '"')
		}
		dst, s = appendSpecial(dst, s)
	}
}

// appendSpecial appends the first byte of s, which does not stand for itself, or
// the first runes outside ASCII, and returns what is left of s.
func appendSpecial(dst, s []byte) (extended, rest []byte) {
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
		n := high(s)
		if n == 0 {
			return append(dst, "\uFFFD"...), s[1:]
		}
		return append(dst, s[:n]...), s[n:]
	}
	return dst, s[1:]
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
	return n
}
