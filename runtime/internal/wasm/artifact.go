package wasm

import (
	"bytes"

	"github.com/postern-dev/postern/runtime/internal/image"
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

// segmentsOf copies what of a memory is not blank.
func segmentsOf(memory image.Contents) (filled []segment) {
	for at, part := range memory.Filled() {
		filled = append(filled, segment{uint64(at), bytes.Clone(part)})
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
