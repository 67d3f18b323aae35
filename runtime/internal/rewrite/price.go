package rewrite

// The bounds of the prices, in units.
const (
	// checkEvery is the most that straight code spends between two checks.
	checkEvery = 10_000
	// afterCall is the most that code spends after a call that may have been
	// long: leaving a recursion of a million calls takes as many such pieces.
	afterCall = 100
	// longestPaying is the most that may pass in a function without a check
	// at its entry.
	longestPaying = 1_000
	// dearestFree is the most that a function may cost its callers.
	dearestFree = 48
	// dearestDebt is the most that is left unpaid where paths meet, and so the
	// most by which a path is overcharged there.
	dearestDebt = 64
)

// The costs of instructions that are not 1.
const (
	costDivision = 8
	costCall     = 2
	costIndirect = 16 // the callee may be free for those that call it directly
	costImport   = 20
	costBulk     = 10
	shiftOfUnit  = 2
	bytesPerUnit = 1 << shiftOfUnit
	unitsPerPage = 64 // of memory.grow
	costGrow     = 500
)

// costOf gives the cost of an instruction, without what it calls.
func costOf(op opcode) int {
	switch op {
	case opNop, opBlock, opLoop, opElse, opEnd, opUnreachable:
		return 0
	case opCall, opReturnCall:
		return costCall
	case opCallIndirect, opReturnCallIndirect:
		return costIndirect
	case opF32Sqrt, opF32Div, opF64Sqrt, opF64Div:
		return costDivision
	case opMemoryGrow:
		return costGrow
	case opMemoryInit, opMemoryCopy, opMemoryFill, opTableInit, opTableCopy, opTableFill, opTableGrow:
		return costBulk
	}
	if op >= opI32DivS && op <= opI32RemU || op >= opI64DivS && op <= opI64RemU {
		return costDivision
	}
	return 1
}
