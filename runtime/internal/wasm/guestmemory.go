package wasm

import (
	"encoding/binary"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
)

// slice returns size bytes of the function's memory at ptr, and whether they
// all lie in it. The slice is good until memory grows or the run ends.
func (i *Instance) slice(ptr, size uint32) ([]byte, bool) {
	memory := i.memory.View()
	end := uint64(ptr) + uint64(size)
	if end > uint64(len(memory)) {
		return nil, false
	}
	return memory[ptr:end:end], true
}

// mustSlice is slice for the imports of module postern: an address outside of
// memory is a mistake that the function cannot go on from, like a trap.
func (i *Instance) mustSlice(ptr, size uint32) []byte {
	b, ok := i.slice(ptr, size)
	if !ok {
		i.stop(fault.New(fault.Crashed, "the function passed %d bytes at %#x, outside of its memory", size, ptr))
	}
	return b
}

// put32 stores a number and reports whether ptr lies in memory.
func (i *Instance) put32(ptr, n uint32) bool {
	b, ok := i.slice(ptr, 4)
	if ok {
		binary.LittleEndian.PutUint32(b, n)
	}
	return ok
}

// put64 stores a number and reports whether ptr lies in memory.
func (i *Instance) put64(ptr uint32, n uint64) bool {
	b, ok := i.slice(ptr, 8)
	if ok {
		binary.LittleEndian.PutUint64(b, n)
	}
	return ok
}

// place copies data into room that the function gives for it, and returns its
// address. stack has room for one number and is free for use.
func (i *Instance) place(stack []uint64, data []byte) (uint32, error) {
	size := uint32(len(data))
	i.allocating = true
	stack[0] = uint64(size)
	err := i.alloc.call(i, stack)
	i.allocating = false
	if err != nil {
		return 0, err
	}
	ptr := uint32(stack[0])
	if ptr == 0 && size > 0 {
		if i.refused() {
			return 0, fault.New(fault.MemoryLimit, "the function has no memory left for %d bytes", size)
		}
		return 0, fault.New(fault.TooLarge, "the function refused room for %d bytes", size)
	}
	to, ok := i.slice(ptr, size)
	if !ok {
		return 0, fault.New(fault.Crashed, "%s gave %d bytes at %#x, outside of memory", abi.ExportAlloc, size, ptr)
	}
	copy(to, data)
	return ptr, nil
}
