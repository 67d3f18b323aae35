package jsontext

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// block is what plainBlocks looks at together.
const block = 64

// Eight bytes are looked at together. A byte is below n (n up to 0x80) when
// subtracting n*ones from a word of bytes below 0x80 sets its high bit. A borrow
// may mark bytes above such a byte wrongly, never below it, so the lowest mark is
// right.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special has the high bit set of each byte of w that does not stand for itself
// in a JSON string, unless it is above 0x7F: of those the bit means nothing. Only
// the lowest mark of others is reliable.
func special(w uint64) uint64 {
	// Exchanging bit 1 brings '"' next to the control characters: below 0x21.
	return ((w ^ 2*ones) - 0x21*ones) | ((w ^ '\\'*ones) - ones)
}

// marks has the high bit set of each byte of w that is not ASCII or does not
// stand for itself in a JSON string; only the lowest of them is reliable.
func marks(w uint64) uint64 { return (special(w) | w) & highs }

// Plain returns how many bytes b begins with that stand for themselves in a
// JSON string.
func Plain(b []byte) int {
	i := 0
	for ; len(b)-i >= 8; i += 8 {
		if i == block/2 { // long enough for blocks to pay
			if i += plainBlocks(b[i:]); len(b)-i < 8 {
				break
			}
		}
		w := binary.LittleEndian.Uint64(b[i:])
		if m := special(w) &^ w & highs; m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c < ' ' || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

// plainASCII returns how many bytes of ASCII s begins with that stand for
// themselves.
func plainASCII(s []byte) int {
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		if m := marks(binary.LittleEndian.Uint64(s[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			break
		}
	}
	return i
}
