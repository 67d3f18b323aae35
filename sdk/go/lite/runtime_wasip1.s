#include "textflag.h"

// func currentThread() unsafe.Pointer
//
// The offset of m in g is one that the linker relies on too.
TEXT ·currentThread(SB), NOSPLIT, $0-8
	MOVD 48(g), R0
	MOVD R0, ret+0(FP)
	RET
