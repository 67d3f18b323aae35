#include "textflag.h"

// func fetch(runs *[room]uintptr, count int)
TEXT ·fetch(SB), NOSPLIT, $0-16
	MOVD runs+0(FP), R0
	MOVD count+8(FP), R1
	CMP $0, R1
	BLE done

run:
	MOVD (R0), R2
	AND $63, R2, R3 // how many more
	AND $~63, R2, R2 // the first line

line:
	PRFM (R2), PLDL1KEEP
	ADD $64, R2
	SUBS $1, R3
	BGE line
	ADD $8, R0
	SUBS $1, R1
	BNE run

done:
	RET
