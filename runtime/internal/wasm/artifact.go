package wasm

import (
	"bytes"

	"github.com/postern-dev/postern/runtime/internal/rewrite"
)

// artifact is all that is needed to compile a module and to make its first
// instance. It depends on the bytes of the module alone: nothing of it was
// computed by the module's own code.
type artifact struct {
	Info   *rewrite.Info
	Wasm   []byte  `json:"-"` // what the engine compiles
	Origin *origin // nil: no image of the module can be taken
}

// origin is the state of an instance before its first instruction.
type origin struct {
	Globals []string // that belong to the state, by the names of their exports
	Values  []uint64
	Bytes   uint64    // of memory
	Filled  []segment `json:"-"` // what of memory is not zero, in order
}

// state is what the module is frozen with.
func (o *origin) state() rewrite.State {
	s := rewrite.State{Pages: uint32(o.Bytes / wasmPage)}
	for _, v := range o.Values {
		s.Globals = append(s.Globals, [2]uint64{v})
	}
	return s
}

// segment is some bytes of memory and where they begin.
type segment struct {
	At    uint64
	Bytes []byte
}

// segmentUnit is how finely what is filled is told from what is not, in bytes.
const segmentUnit = 4 << 10

// segmentsOf copies what of memory is not zero.
func segmentsOf(memory []byte) (filled []segment) {
	var zeros [segmentUnit]byte
	open := false // the last segment may go on
	for at := 0; at < len(memory); at += segmentUnit {
		unit := memory[at:min(at+segmentUnit, len(memory))]
		if bytes.HasPrefix(zeros[:], unit) {
			open = false
			continue
		}
		if !open {
			filled = append(filled, segment{At: uint64(at)})
			open = true
		}
		last := &filled[len(filled)-1]
		last.Bytes = append(last.Bytes, unit...)
	}
	return filled
}

// fill writes the segments into memory, which is blank.
func (o *origin) fill(memory []byte) error {
	for _, s := range o.Filled {
		if s.At > uint64(len(memory)) || uint64(len(s.Bytes)) > uint64(len(memory))-s.At {
			return errDamaged
		}
		copy(memory[s.At:], s.Bytes)
	}
	return nil
}
