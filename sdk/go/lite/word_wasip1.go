package lite

import "unsafe"

// wordOf is the eight bytes at p, in the order of this machine: written so, the
// compiler makes no calls for what reads words.
func wordOf(p unsafe.Pointer) uint64 { return *(*uint64)(p) }

// setWord writes eight bytes at p.
func setWord(p unsafe.Pointer, w uint64) { *(*uint64)(p) = w }

// pairOf is the sixteen bytes at p.
func pairOf(p unsafe.Pointer) *[2]uint64 { return (*[2]uint64)(p) }
