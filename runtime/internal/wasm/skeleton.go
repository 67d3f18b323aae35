package wasm

import (
	"encoding/binary"
	"fmt"
)

// Sections of a module that its skeleton treats in a special way.
const (
	sectionCustom = 0
	sectionStart  = 8
	sectionCode   = 10
)

// skeleton returns a module with everything that wasm has but code: every
// function traps, and nothing runs at start. It compiles in no time, and an
// instance of it has the memory and the globals that one of wasm begins with.
// wasm was written by the rewriter, so it is well formed.
func skeleton(wasm []byte) ([]byte, error) {
	const header = 8
	out := append(make([]byte, 0, len(wasm)), wasm[:header]...)
	for rest := wasm[header:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		if n <= 0 || size > uint64(len(rest)-1-n) {
			return nil, fmt.Errorf("a section of a rewritten module has %d of %d bytes", len(rest), size)
		}
		section, body := rest[:1+n+int(size)], rest[1+n:1+n+int(size)]
		rest = rest[len(section):]
		switch section[0] {
		case sectionStart:
		case sectionCode:
			count, _ := binary.Uvarint(body)
			out = appendTraps(out, count)
		default:
			out = append(out, section...)
		}
	}
	return out, nil
}

// appendTraps appends a code section of so many functions, each of them three
// bytes long:
//
//	00 no locals, 00 unreachable, 0b end
func appendTraps(out []byte, count uint64) []byte {
	number := binary.AppendUvarint(nil, count)
	out = append(out, sectionCode)
	out = binary.AppendUvarint(out, uint64(len(number))+4*count)
	out = append(out, number...)
	for range count {
		out = append(out, 3, 0x00, 0x00, 0x0b)
	}
	return out
}
