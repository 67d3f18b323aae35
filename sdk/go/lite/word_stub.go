//go:build !wasip1

package lite

import (
	"encoding/binary"
	"unsafe"
)

// wordOf is the eight bytes at p.
func wordOf(p unsafe.Pointer) uint64 { return binary.LittleEndian.Uint64((*[8]byte)(p)[:]) }

// setWord writes eight bytes at p.
func setWord(p unsafe.Pointer, w uint64) { binary.LittleEndian.PutUint64((*[8]byte)(p)[:], w) }

// pairOf is the sixteen bytes at p.
func pairOf(p unsafe.Pointer) *[2]uint64 { return &[2]uint64{wordOf(p), wordOf(unsafe.Add(p, 8))} }
