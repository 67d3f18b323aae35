//go:build !amd64

package jsontext

import "encoding/binary"

// plainBlocks returns how many bytes b begins with, counted in whole blocks,
// that stand for themselves in a JSON string.
func plainBlocks(b []byte) int {
	rest := b
	for len(rest) >= block {
		var found uint64
		for words := rest[:block]; len(words) >= 16; words = words[16:] {
			w0, w1 := binary.LittleEndian.Uint64(words), binary.LittleEndian.Uint64(words[8:])
			found |= special(w0)&^w0 | special(w1)&^w1
		}
		if found&highs != 0 {
			break
		}
		rest = rest[block:]
	}
	return len(b) - len(rest)
}
