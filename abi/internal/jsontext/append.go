package jsontext

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendString appends s to dst as a JSON string. Each byte that is not part of
// valid UTF-8 becomes U+FFFD. s may be a part of dst.
func AppendString(dst, s []byte) []byte {
	start, n := len(dst), len(s)
	if cap(dst)-start < n+2 {
		return appendRest(append(dst, '"'), s)
	}
	// Most strings stand for themselves from end to end, and the room is there.
	out := dst[start : start+n+2]
	out[0] = '"'
	text := out[1 : n+1]
	switch {
	case n >= 8:
		if i := copyPlain(text, s); i < n {
			return appendRest(dst[:start+1+i], s[i:])
		}
	case n >= 4:
		first, last := binary.LittleEndian.Uint32(s), binary.LittleEndian.Uint32(s[n-4:])
		if marks(uint64(first)|uint64(last)<<32) != 0 {
			return appendRest(dst[:start+1], s)
		}
		binary.LittleEndian.PutUint32(text, first)
		binary.LittleEndian.PutUint32(text[n-4:], last)
	default:
		for i, c := range s {
			if c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
				return appendRest(dst[:start+1+i], s[i:])
			}
			text[i] = c
		}
	}
	out[n+1] = '"'
	return dst[:start+n+2]
}

// stretch is how much is looked at before it is copied: what the nearest cache
// holds.
const stretch = 16 << 10

// AppendValid appends s, which must be valid UTF-8, to dst as a JSON string. It
// does what AppendString does, and is the faster one for long strings.
func AppendValid(dst, s []byte) []byte {
	dst = append(slices.Grow(dst, len(s)+2), '"')
	for {
		for n := plainBlocks(s[:min(len(s), stretch)]); n > 0; n = plainBlocks(s[:min(len(s), stretch)]) {
			dst, s = append(dst, s[:n]...), s[n:]
		}
		// Something in the next block does not stand for itself: it is copied by
		// words, where there is room for them, however many of their bytes count.
		end := max(len(s)-block, 0)
		for len(s) > end && len(s) >= 8 && cap(dst)-len(dst) >= 8 {
			w := binary.LittleEndian.Uint64(s)
			to := len(dst)
			binary.LittleEndian.PutUint64(dst[to:to+8], w)
			if m := special(w) &^ w & highs; m != 0 {
				n := bits.TrailingZeros64(m) / 8
				dst, s = appendSpecial(dst[:to+n], s[n:])
				continue
			}
			dst, s = dst[:to+8], s[8:]
		}
		if len(s) > end {
			n := Plain(s[:len(s)-end])
			dst, s = append(dst, s[:n]...), s[n:]
			if len(s) > end {
				dst, s = appendSpecial(dst, s)
			}
		}
		if len(s) == 0 {
			return append(dst, '"')
		}
	}
}

// copyPlain copies s, which has eight bytes or more, to dst, which is as long,
// and returns len(s); where a word of s has a byte that is not ASCII or does not
// stand for itself it ends and returns how many bytes before it it copied.
func copyPlain(dst, s []byte) int {
	n := len(s)
	in, out := s, dst
	for len(in) >= 16 && len(out) >= 16 {
		w0, w1 := binary.LittleEndian.Uint64(in), binary.LittleEndian.Uint64(in[8:])
		if (special(w0)|w0|special(w1)|w1)&highs != 0 {
			return n - len(in)
		}
		binary.LittleEndian.PutUint64(out, w0)
		binary.LittleEndian.PutUint64(out[8:], w1)
		in, out = in[16:], out[16:]
	}
	if len(in) >= 8 && len(out) >= 8 {
		w := binary.LittleEndian.Uint64(in)
		if marks(w) != 0 {
			return n - len(in)
		}
		binary.LittleEndian.PutUint64(out, w)
		in = in[8:]
	}
	// The last word begins among bytes that were copied already.
	if len(in) > 0 {
		w := binary.LittleEndian.Uint64(s[n-8:])
		if marks(w) != 0 {
			return n - len(in)
		}
		binary.LittleEndian.PutUint64(dst[n-8:], w)
	}
	return n
}

// appendRest appends what is left of a string, and its closing quote.
func appendRest(dst, s []byte) []byte {
	for {
		// Eight bytes are written at once where there is room for them, however
		// many of them count.
		for len(s) >= 8 && cap(dst)-len(dst) >= 8 {
			w := binary.LittleEndian.Uint64(s)
			end := len(dst)
			binary.LittleEndian.PutUint64(dst[end:end+8], w)
			if m := marks(w); m != 0 {
				n := bits.TrailingZeros64(m) / 8
				dst, s = appendSpecial(dst[:end+n], s[n:])
				continue
			}
			dst, s = dst[:end+8], s[8:]
		}
		n := plainASCII(s)
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
