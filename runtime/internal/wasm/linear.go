package wasm

import (
	"github.com/tetratelabs/wazero/api"

	"github.com/postern-dev/postern/runtime/internal/image"
)

// linear is a linear memory as the engine sees it. WebAssembly knows no way to
// make a memory shorter, but between two runs nobody looks: the engine takes the
// length that its memory has from what is answered when it asks for more.
type linear struct {
	*image.Memory
	cutting bool // it is asked for more only to hear that there is less
}

// Reallocate implements the engine's memory.
func (l *linear) Reallocate(size uint64) []byte {
	if l.cutting {
		return l.View()
	}
	return l.Memory.Reallocate(size)
}

// cut lets the engine know that the memory became shorter. It reports false when
// the engine would not hear of it, which it does of a memory that has grown to
// the maximum of its module.
func (l *linear) cut(seen api.Memory) bool {
	l.cutting = true
	_, asked := seen.Grow(1)
	l.cutting = false
	return asked && uint64(seen.Size()) == l.Bytes()
}
