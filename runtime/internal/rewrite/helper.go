package rewrite

import "fmt"

// The sizes by which ranges of memory are worked on, in bytes.
const (
	// smallRange is done at once: it takes some hundred nanoseconds.
	smallRange = 2 << 10
	// piece is done between two checks of a longer range.
	piece = 64 << 10
)

// maxTable bounds the entries of a table; growing past it fails, as growing
// may always do.
const maxTable = 1 << 20

// helperKey is an instruction with what it refers to.
type helperKey struct {
	op   opcode
	a, b uint32
}

// helpers are the functions that a metered module gets for instructions which
// may take long. Each takes and gives what its instruction does, and traps as
// it does: before anything is written.
type helpers struct {
	m     *module
	gauge gauge
	first uint32 // index of the first one
	index map[helperKey]uint32
	list  []helper
}

type helper struct {
	name string
	typ  FuncType
	body []byte // with locals
}

// find gives the index of the helper for an instruction.
func (h *helpers) find(k helperKey) uint32 {
	if i, ok := h.index[k]; ok {
		return i
	}
	i := h.first + uint32(len(h.list))
	h.index[k] = i
	h.list = append(h.list, h.make(k))
	return i
}

func (h *helpers) make(k helperKey) helper {
	three := FuncType{Params: []ValType{I32, I32, I32}}
	switch k.op {
	case opMemoryFill:
		return helper{reserved + "fill", three, h.fill()}
	case opMemoryCopy:
		return helper{reserved + "copy", three, h.copy()}
	case opMemoryInit:
		return helper{fmt.Sprintf(reserved+"init.%d", k.a), three, h.init(k.a)}
	case opMemoryGrow:
		return helper{reserved + "grow", FuncType{[]ValType{I32}, []ValType{I32}}, h.grow()}
	case opTableCopy:
		return helper{fmt.Sprintf(reserved+"table.copy.%d.%d", k.a, k.b), three, h.table(2, k.op, k.a, k.b)}
	case opTableFill:
		elem := h.m.tables[k.a].elem
		return helper{fmt.Sprintf(reserved+"table.fill.%d", k.a), FuncType{Params: []ValType{I32, elem, I32}},
			h.table(2, k.op, k.a)}
	default: // table.grow, the only one left
		elem := h.m.tables[k.a].elem
		return helper{fmt.Sprintf(reserved+"table.grow.%d", k.a), FuncType{[]ValType{elem, I32}, []ValType{I32}},
			h.table(1, k.op, k.a)}
	}
}

// assembly writes the code of a helper.
type assembly struct {
	b     []byte
	gauge gauge
}

func (a *assembly) op(ops ...byte) *assembly {
	a.b = append(a.b, ops...)
	return a
}

func (a *assembly) get(locals ...uint32) *assembly {
	for _, l := range locals {
		a.b = appendU32(append(a.b, opLocalGet), l)
	}
	return a
}

func (a *assembly) set(local uint32) *assembly {
	a.b = appendU32(append(a.b, opLocalSet), local)
	return a
}

func (a *assembly) i32(v int32) *assembly {
	a.b = appendS64(append(a.b, opI32Const), int64(v))
	return a
}

func (a *assembly) i64(v int64) *assembly {
	a.b = appendS64(append(a.b, opI64Const), v)
	return a
}

// misc writes an instruction with the prefix and what it refers to.
func (a *assembly) misc(op opcode, indices ...uint32) *assembly {
	a.b = appendU32(append(a.b, prefixMisc), uint32(op&0xffff))
	for _, i := range indices {
		a.b = appendU32(a.b, i)
	}
	return a
}

// payLength pays for the length in a local, shifted right.
func (a *assembly) payLength(local uint32, shift int32) *assembly {
	a.b = a.gauge.load(a.b)
	a.get(local).i32(shift).op(opI32ShrU, opI64ExtendI32U, opI64Sub)
	a.b = a.gauge.store(a.b)
	return a
}

func (a *assembly) check() *assembly {
	a.b = a.gauge.check(a.b)
	return a
}

// pastMemory leaves 1 on the stack when a range ends beyond memory.
func (a *assembly) pastMemory(start, length uint32) *assembly {
	return a.rangeEnd(start, length).
		op(opMemorySize, 0, opI64ExtendI32U).i64(16).op(opI64Shl, opI64GtU)
}

func (a *assembly) rangeEnd(start, length uint32) *assembly {
	return a.get(start).op(opI64ExtendI32U).get(length).op(opI64ExtendI32U, opI64Add)
}

// move adds a piece to a local, or takes it off.
func (a *assembly) move(op byte, local uint32) *assembly {
	return a.get(local).i32(piece).op(op).set(local)
}

// The parameters of fill, copy and init.
const (
	to = iota
	from
	length
)

// once writes: if the condition on the stack holds, do the instruction and
// return. It serves where the instruction traps.
func (a *assembly) once(op opcode, indices ...uint32) *assembly {
	return a.op(opIf, emptyBlock).get(to, from, length).misc(op, indices...).op(opReturn, opEnd)
}

// start writes the way for short ranges.
func (a *assembly) start(op opcode, indices ...uint32) *assembly {
	return a.get(length).i32(smallRange).op(opI32LeU, opIf, emptyBlock).
		payLength(length, shiftOfUnit).
		get(to, from, length).misc(op, indices...).op(opReturn, opEnd)
}

// pieces opens a loop that pays for a piece each turn and ends with the last.
func (a *assembly) pieces(op opcode, indices ...uint32) *assembly {
	a.op(opLoop, emptyBlock)
	a.get(length).i32(piece).op(opI32LeU, opIf, emptyBlock)
	a.payLength(length, shiftOfUnit).check()
	a.get(to, from, length).misc(op, indices...).op(opReturn, opEnd)
	a.b = a.gauge.pay(a.b, piece/bytesPerUnit)
	return a.check()
}

func (h *helpers) assembly() *assembly { return &assembly{b: []byte{0}, gauge: h.gauge} }

func (h *helpers) fill() []byte {
	a := h.assembly().start(opMemoryFill, 0)
	a.pastMemory(to, length).once(opMemoryFill, 0)
	a.pieces(opMemoryFill, 0)
	a.get(to, from).i32(piece).misc(opMemoryFill, 0)
	return a.move(opI32Add, to).move(opI32Sub, length).op(opBr, 0, opEnd, opEnd).b
}

// copy goes forward when it moves bytes down, else backward, so that a piece
// never overwrites what a later one has to read.
func (h *helpers) copy() []byte {
	a := h.assembly().start(opMemoryCopy, 0, 0)
	a.pastMemory(to, length).once(opMemoryCopy, 0, 0)
	a.pastMemory(from, length).once(opMemoryCopy, 0, 0)
	a.get(to, from).op(opI32LeU, opIf, emptyBlock)
	a.pieces(opMemoryCopy, 0, 0)
	a.get(to, from).i32(piece).misc(opMemoryCopy, 0, 0)
	a.move(opI32Add, to).move(opI32Add, from).move(opI32Sub, length).op(opBr, 0, opEnd, opEnd)
	a.pieces(opMemoryCopy, 0, 0)
	a.move(opI32Sub, length)
	a.get(to, length).op(opI32Add).get(from, length).op(opI32Add).i32(piece).misc(opMemoryCopy, 0, 0)
	return a.op(opBr, 0, opEnd, opEnd).b
}

// init copies from a data segment. Whether it was dropped shows in an empty
// copy from the end of the range.
func (h *helpers) init(segment uint32) []byte {
	a := h.assembly().start(opMemoryInit, segment, 0)
	a.pastMemory(to, length).once(opMemoryInit, segment, 0)
	a.rangeEnd(from, length).i64(int64(len(h.m.data[segment].bytes))).op(opI64GtU).once(opMemoryInit, segment, 0)
	a.i32(0).get(from, length).op(opI32Add).i32(0).misc(opMemoryInit, segment, 0)
	a.pieces(opMemoryInit, segment, 0)
	a.get(to, from).i32(piece).misc(opMemoryInit, segment, 0)
	a.move(opI32Add, to).move(opI32Add, from).move(opI32Sub, length)
	return a.op(opBr, 0, opEnd, opEnd).b
}

// grow pays by the page. More pages than a memory can have cost nothing: the
// instruction only answers that it failed.
func (h *helpers) grow() []byte {
	a := h.assembly()
	a.b = a.gauge.load(a.b)
	a.get(0).i32(0).get(0).i32(maxPages).op(opI32LeU, opSelect, opI64ExtendI32U).i64(unitsPerPage).op(opI64Mul, opI64Sub)
	a.b = a.gauge.store(a.b)
	return a.check().get(0).op(opMemoryGrow, 0, opEnd).b
}

// table pays a unit for each entry, of which there are at most maxTable, and
// does the instruction at once.
func (h *helpers) table(length uint32, op opcode, indices ...uint32) []byte {
	a := h.assembly().payLength(length, 0).check()
	for l := range length + 1 {
		a.get(l)
	}
	return a.misc(op, indices...).op(opEnd).b
}
