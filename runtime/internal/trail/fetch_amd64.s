#include "textflag.h"

// func fetch(runs *[room]uintptr, count int)
TEXT ·fetch(SB), NOSPLIT, $0-16
	MOVQ runs+0(FP), SI
	MOVQ count+8(FP), CX
	TESTQ CX, CX
	JLE done

run:
	MOVQ (SI), AX
	MOVQ AX, DX
	ANDQ $-64, AX // the first line
	ANDQ $63, DX  // how many more

line:
	PREFETCHT0 (AX)
	ADDQ $64, AX
	SUBQ $1, DX
	JGE line
	ADDQ $8, SI
	SUBQ $1, CX
	JNZ run

done:
	RET
