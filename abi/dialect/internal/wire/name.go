package wire

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Case is how the letters of header names are written in an event.
type Case uint8

// Cases of header names.
const (
	AsSent    Case = iota
	Lower          // content-type
	Canonical      // Content-Type
)

// AppendKey appends the name of a header field, which is a token, to dst as the
// key of an element that others stand before: `,"name":`.
func AppendKey(dst, name []byte, c Case) []byte {
	if c != Lower {
		return append(AppendName(append(dst, ','), name, c), ':')
	}
	start, n := len(dst), len(name)
	dst = slices.Grow(dst, n+4)
	out := dst[start : start+n+4]
	out[0], out[1] = ',', '"'
	copyLower(out[2:2+n], name)
	out[n+2], out[n+3] = '"', ':'
	return dst[:start+n+4]
}

// AppendName appends the name of a header field, which is a token, to dst as a
// JSON string.
func AppendName[S ~string | ~[]byte](dst []byte, name S, c Case) []byte {
	dst = append(dst, '"')
	start := len(dst)
	dst = append(dst, name...)
	switch tail := dst[start:]; c {
	case Lower:
		copyLower(tail, tail)
	case Canonical:
		first := true
		for i, b := range tail {
			if b = lower(b); first && 'a' <= b && b <= 'z' {
				b -= 'a' - 'A'
			}
			tail[i] = b
			first = b == '-'
		}
	}
	return append(dst, '"')
}

// Names are looked at eight bytes at a time, or twice four; the last ones are
// looked at again when their number is no multiple of that.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// copyLower copies src to dst, which is as long, with its capital letters made
// small. dst may be src.
func copyLower(dst, src []byte) {
	n := len(src)
	switch {
	case n >= 8:
		for i := 0; len(src)-i >= 8 && len(dst)-i >= 8; i += 8 {
			binary.LittleEndian.PutUint64(dst[i:], lowerWord(binary.LittleEndian.Uint64(src[i:])))
		}
		binary.LittleEndian.PutUint64(dst[n-8:], lowerWord(binary.LittleEndian.Uint64(src[n-8:])))
	case n >= 4:
		w := lowerWord(halves(src))
		binary.LittleEndian.PutUint32(dst, uint32(w))
		binary.LittleEndian.PutUint32(dst[n-4:], uint32(w>>32))
	default:
		for i, c := range src {
			dst[i] = lower(c)
		}
	}
}

// halves is the first four bytes of b and its last four, which may be the same
// in part.
func halves(b []byte) uint64 {
	return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[len(b)-4:]))<<32
}

// lowerWord makes the capital letters among the eight bytes of w small.
func lowerWord(w uint64) uint64 {
	low := w &^ highs // so that no sum carries into the next byte
	capitals := (low + (0x80-'A')*ones) &^ (low + (0x80-'Z'-1)*ones) &^ w & highs
	return w | capitals>>2 // 0x80 becomes 0x20, the difference of the cases
}

func sameName(a, b []byte) bool {
	n := len(a)
	if n != len(b) {
		return false
	}
	if n >= 8 {
		for i := 0; len(a)-i >= 8 && len(b)-i >= 8; i += 8 {
			if lowerWord(binary.LittleEndian.Uint64(a[i:])) != lowerWord(binary.LittleEndian.Uint64(b[i:])) {
				return false
			}
		}
		return lowerWord(binary.LittleEndian.Uint64(a[n-8:])) == lowerWord(binary.LittleEndian.Uint64(b[n-8:]))
	}
	for i := range a {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// hashName returns the same for names that are the same in whatever case.
func hashName(name []byte) uint8 {
	n := len(name)
	w := uint64(n)
	switch {
	case n >= 8:
		w += binary.LittleEndian.Uint64(name) | 0x20*ones
		w ^= bits.RotateLeft64(binary.LittleEndian.Uint64(name[n-8:])|0x20*ones, 5)
	case n >= 4:
		w += halves(name) | 0x20*ones
	default:
		for _, c := range name {
			w = w<<8 | uint64(c|0x20)
		}
	}
	return uint8(w * 0x9E3779B97F4A7C15 >> 56) // the golden ratio of 64 bits
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// IsToken reports whether name can be the name of a header field.
func IsToken(name []byte) bool {
	return isUsual(name) || isToken(name)
}

// isUsual reports whether name has four bytes or more and only letters, digits
// and '-', as nearly all names do.
func isUsual(name []byte) bool {
	n := len(name)
	if n < 8 {
		return n >= 4 && isUsualWord(halves(name))
	}
	for i := 0; len(name)-i >= 8; i += 8 {
		if !isUsualWord(binary.LittleEndian.Uint64(name[i:])) {
			return false
		}
	}
	return isUsualWord(binary.LittleEndian.Uint64(name[n-8:]))
}

// isUsualWord reports whether all bytes of w are letters, digits or '-'. Of
// bytes above 0x7F none is, and they are asked for first: no sum carries into the
// next byte then.
func isUsualWord(w uint64) bool {
	if w&highs != 0 {
		return false
	}
	small := w | 0x20*ones
	letters := (small + (0x80-'a')*ones) &^ (small + (0x80-'z'-1)*ones)
	digits := (w + (0x80-'0')*ones) &^ (w + (0x80-'9'-1)*ones)
	others := (w ^ '-'*ones) + 0x7F*ones // high bit clear for '-' alone
	return (letters|digits|^others)&highs == highs
}

func isToken(name []byte) bool {
	for _, c := range name {
		if !isTokenByte(c) {
			return false
		}
	}
	return len(name) > 0
}

func isTokenByte(c byte) bool {
	set := uint64(tokensLow)
	if c >= 64 {
		set = tokensHigh
	}
	return c < 128 && set>>(c&63)&1 == 1
}

// The characters of a token (RFC 9110, section 5.6.2), a bit for each: letters,
// digits and !#$%&'*+-.^_`|~ .
const (
	tokensLow  = 0x03FF6CFA00000000 // 0 to 63
	tokensHigh = 0x57FFFFFFC7FFFFFE // 64 to 127
)
