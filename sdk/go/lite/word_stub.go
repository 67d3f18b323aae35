//go:build !wasip1

package lite

import (
	"encoding/binary"
	"unsafe"
)

// wordOf is the eight bytes at p.
func wordOf(p unsafe.Pointer) uint64 { return binary.LittleEndian.Uint64((*[8]byte)(p)[:]) }
