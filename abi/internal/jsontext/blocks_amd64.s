#include "textflag.h"

// A byte stands for itself unless one of these is 0, which their minimum tells:
//
//	max(byte^2 - 0x20, 0)    exchanging bit 1 brings '"' next to the control characters
//	byte ^ '\\'
//
// All instructions are in every amd64 processor. X8 to X10 hold the constants,
// X1 is the minimum of a block.
#define STEP(offset) \
	MOVOU   offset(SI)(AX*1), X2 \
	MOVO    X2, X3               \
	PXOR    X8, X2               \
	PXOR    X9, X3               \
	PSUBUSB X10, X2              \
	PMINUB  X3, X1               \
	PMINUB  X2, X1

#define CONSTANT(value, register) \
	MOVQ       value, DX          \
	MOVQ       DX, register       \
	PUNPCKLQDQ register, register

// func plainBlocks(b []byte) int
TEXT ·plainBlocks(SB), NOSPLIT, $0-32
	MOVQ b_base+0(FP), SI
	MOVQ b_len+8(FP), CX
	XORQ AX, AX
	ANDQ $~63, CX
	JEQ  done
	CONSTANT($0x0202020202020202, X8)
	CONSTANT($0x5c5c5c5c5c5c5c5c, X9)
	CONSTANT($0x2020202020202020, X10)

loop:
	PCMPEQB X1, X1
	STEP(0)
	STEP(16)
	STEP(32)
	STEP(48)
	PXOR     X0, X0
	PCMPEQB  X0, X1
	PMOVMSKB X1, DX
	TESTL    DX, DX
	JNE      done
	ADDQ     $64, AX
	CMPQ     AX, CX
	JNE      loop

done:
	MOVQ AX, ret+24(FP)
	RET
