package rewrite

import "fmt"

// opcode is an instruction: one byte, or a prefix byte in the upper half and
// the number after it in the lower.
type opcode uint32

// String gives the number, as the specification writes it.
func (o opcode) String() string {
	if o > 0xff {
		return fmt.Sprintf("%#x %d", uint32(o>>16), uint32(o&0xffff))
	}
	return fmt.Sprintf("%#x", uint32(o))
}

// The instructions that a rewrite looks at or writes.
const (
	opUnreachable        = 0x00
	opNop                = 0x01
	opBlock              = 0x02
	opLoop               = 0x03
	opIf                 = 0x04
	opElse               = 0x05
	opEnd                = 0x0b
	opBr                 = 0x0c
	opBrIf               = 0x0d
	opBrTable            = 0x0e
	opReturn             = 0x0f
	opCall               = 0x10
	opCallIndirect       = 0x11
	opReturnCall         = 0x12
	opReturnCallIndirect = 0x13
	opDrop               = 0x1a
	opSelect             = 0x1b
	opSelectTyped        = 0x1c
	opLocalGet           = 0x20
	opLocalSet           = 0x21
	opLocalTee           = 0x22
	opGlobalGet          = 0x23
	opGlobalSet          = 0x24
	opTableGet           = 0x25
	opTableSet           = 0x26
	opI32Load            = 0x28
	opI64Store32         = 0x3e
	opMemorySize         = 0x3f
	opMemoryGrow         = 0x40
	opI32Const           = 0x41
	opI64Const           = 0x42
	opF32Const           = 0x43
	opF64Const           = 0x44
	opI32Eqz             = 0x45
	opI32LtS             = 0x48
	opI32LtU             = 0x49
	opI32GtU             = 0x4b
	opI32LeU             = 0x4d
	opI64GeS             = 0x59
	opI64GtU             = 0x56
	opI32Add             = 0x6a
	opI32Sub             = 0x6b
	opI32Mul             = 0x6c
	opI32DivS            = 0x6d
	opI32RemU            = 0x70
	opI32ShrU            = 0x76
	opI64Add             = 0x7c
	opI64Sub             = 0x7d
	opI64Mul             = 0x7e
	opI64DivS            = 0x7f
	opI64RemU            = 0x82
	opI64Shl             = 0x86
	opF32Sqrt            = 0x91
	opF32Div             = 0x95
	opF64Sqrt            = 0x9f
	opF64Div             = 0xa3
	opI64ExtendI32U      = 0xad
	opI32Extend8S        = 0xc0
	opI64Extend32S       = 0xc4
	opRefNull            = 0xd0
	opRefIsNull          = 0xd1
	opRefFunc            = 0xd2

	prefixGC     = 0xfb
	prefixMisc   = 0xfc
	prefixVector = 0xfd
	prefixAtomic = 0xfe

	subV128Const = 12

	opMemoryInit = prefixMisc<<16 | 8
	opDataDrop   = prefixMisc<<16 | 9
	opMemoryCopy = prefixMisc<<16 | 10
	opMemoryFill = prefixMisc<<16 | 11
	opTableInit  = prefixMisc<<16 | 12
	opElemDrop   = prefixMisc<<16 | 13
	opTableCopy  = prefixMisc<<16 | 14
	opTableGrow  = prefixMisc<<16 | 15
	opTableSize  = prefixMisc<<16 | 16
	opTableFill  = prefixMisc<<16 | 17
)

const emptyBlock = 0x40

// isMemoryAccess reports whether a one-byte instruction loads or stores.
func isMemoryAccess(op byte) bool { return op >= opI32Load && op <= opI64Store32 }

// isPlain reports whether a one-byte instruction has nothing after it and
// belongs to no construct: comparisons, arithmetic and conversions.
func isPlain(op byte) bool { return op >= opI32Eqz && op <= opI64Extend32S }

// vectorShape says what follows a SIMD instruction.
type vectorShape byte

const (
	vectorUnknown vectorShape = iota
	vectorPlain
	vectorMemory     // an alignment and an offset
	vectorMemoryLane // those and a lane
	vectorLane
	vectorBytes // sixteen: a constant or a shuffle
)

// shapeOfVector covers the 236 instructions of the SIMD proposal and nothing
// of the later ones.
func shapeOfVector(sub uint32) vectorShape {
	switch {
	case sub <= 11, sub == 92, sub == 93:
		return vectorMemory
	case sub == subV128Const, sub == 13:
		return vectorBytes
	case sub >= 21 && sub <= 34:
		return vectorLane
	case sub >= 84 && sub <= 91:
		return vectorMemoryLane
	}
	switch sub {
	case 154, 162, 165, 166, 175, 176, 178, 179, 180, 187, 194, 197, 198, 207, 208, 210, 211, 212, 226, 238:
		return vectorUnknown
	}
	if sub <= 255 {
		return vectorPlain
	}
	return vectorUnknown
}
