package wasm

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
)

// kept is an artifact as it lies in a file of the archive:
//
//	length of the head, 4 bytes
//	head                         JSON
//	wasm, and what is filled of memory, in the order of the head
//	CRC-32C of all that, 4 bytes
type kept struct {
	artifact
	Native string // the file with its native code, below the archive's folder
}

// head is what a file says of itself. What is long stands behind it, and is not
// copied when the file is read.
type head struct {
	*kept
	Wasm   int // bytes
	Filled []extent
}

// extent is where a segment lies in memory, in bytes.
type extent struct {
	At     uint64
	Length int
}

// errDamaged is about a file that does not hold what was written to it.
var errDamaged = errors.New("the file is damaged")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (k *kept) encode() ([]byte, error) {
	h := head{kept: k, Wasm: len(k.Wasm)}
	for _, s := range k.Origin.Filled {
		h.Filled = append(h.Filled, extent{s.At, len(s.Bytes)})
	}
	text, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	b := append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...)
	b = append(b, k.Wasm...)
	for _, s := range k.Origin.Filled {
		b = append(b, s.Bytes...)
	}
	return sealed(b), nil
}

// sealed is b with its checksum.
func sealed(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// decodeKept is the inverse of encode; what it returns points into b. Who can
// write to the file can write native code as well: damage is looked for, malice
// is not.
func decodeKept(b []byte) (*kept, error) {
	const word = 4
	if len(b) < 2*word {
		return nil, errDamaged
	}
	b, sum := b[:len(b)-word], binary.LittleEndian.Uint32(b[len(b)-word:])
	if crc32.Checksum(b, castagnoli) != sum {
		return nil, errDamaged
	}
	length, b := binary.LittleEndian.Uint32(b), b[word:]
	if uint64(length) > uint64(len(b)) {
		return nil, errDamaged
	}
	k := &kept{}
	h := head{kept: k}
	if err := json.Unmarshal(b[:length], &h); err != nil {
		return nil, err
	}
	b = b[length:]
	take := func(n int) (part []byte) {
		if n < 0 || n > len(b) {
			return nil
		}
		part, b = b[:n:n], b[n:]
		return part
	}
	if k.Wasm = take(h.Wasm); k.Info == nil || k.Origin == nil || k.Wasm == nil {
		return nil, errDamaged
	}
	for _, e := range h.Filled {
		s := segment{e.At, take(e.Length)}
		if s.Bytes == nil {
			return nil, errDamaged
		}
		k.Origin.Filled = append(k.Origin.Filled, s)
	}
	return k, nil
}
