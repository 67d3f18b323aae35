package lite

import (
	"math/bits"
	"unsafe"
)

// Most of an event is skipped, eight bytes at a time: the code that Go makes for
// WebAssembly is slow at single bytes, and at calls.

// Words with the same byte in each place.
const (
	ones    = 0x0101010101010101
	highs   = ones * 0x80
	spaces  = ones * ' '
	quotes  = ones * '"'
	slashes = ones * '\\'
	opening = ones * '{' // '[' is the same without the bit of a space
	closing = ones * '}' // and so is ']'
)

// wordAt is the eight bytes of b at i. The caller knows that they are there,
// and has looked for itself.
func wordAt(b []byte, i int) uint64 {
	return wordOf(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), i))
}

// zeros marks the bytes of x that are zero with their highest bit. The first
// mark is right; those after it may not be.
func zeros(x uint64) uint64 { return (x - ones) &^ x & highs }

// marks marks the quotes and backslashes of w, as zeros does. Neither has the
// highest bit, so that the rest of zeros is done once for both.
func marks(w uint64) uint64 { return ((w ^ quotes - ones) | (w ^ slashes - ones)) &^ w & highs }

// markIn returns the place of the next quote or backslash at i or after it,
// len(b) or more when there is none.
func markIn(b []byte, i int) int {
	for ; i <= len(b)-8; i += 8 {
		w := wordAt(b, i)
		if found := marks(w); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(b); i++ {
		if b[i] == '"' || b[i] == '\\' {
			return i
		}
	}
	return i
}

// skipNested returns the place after the object or array whose first member
// begins at i.
func skipNested(b []byte, i int) int {
	depth := 1
	for i <= len(b)-8 {
		w := wordAt(b, i)
		folded := w | spaces
		found := ((w ^ quotes - ones) | (folded ^ opening - ones) | (folded ^ closing - ones)) &^ w & highs // as in marks
		if found == 0 {
			i += 8
			continue
		}
		at := bits.TrailingZeros64(found) &^ 7
		i += at/8 + 1
		switch w >> at & 0xff {
		case '"':
			if i <= len(b)-8 { // most strings end soon
				w := wordAt(b, i)
				if found := marks(w); found != 0 {
					if at := bits.TrailingZeros64(found) &^ 7; w>>at&0xff == '"' {
						i += at/8 + 1
						continue
					}
				}
			}
			i = skipRest(b, i)
		case '{', '[':
			depth++
		default:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return skipTail(b, i, depth)
}

// skipRest returns the place after the string whose inside goes on at i.
func skipRest(b []byte, i int) int {
	for i <= len(b)-8 {
		w := wordAt(b, i)
		found := marks(w)
		if found == 0 {
			i += 8
			continue
		}
		at := bits.TrailingZeros64(found) &^ 7
		i += at/8 + 1
		if w>>at&0xff == '"' {
			return i
		}
		i++ // what is escaped
	}
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(b)
}

// skipTail is skipNested for the last bytes, with so many objects and arrays
// still open.
func skipTail(b []byte, i, depth int) int {
	for i < len(b) {
		i++
		switch b[i-1] {
		case '"':
			i = skipRest(b, i)
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(b)
}
