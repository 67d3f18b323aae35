package rewrite

import "github.com/postern-dev/postern/abi/fault"

// instruction is one decoded instruction of a function body. The decoder
// reuses it, and its targets, for the next.
type instruction struct {
	op         opcode
	start, end int    // its bytes in the body
	a, b       uint32 // index or label; for two of them, in the order of the format
	targets    []uint32
	block      blockType
}

// blockType is the type of a block, loop or if.
type blockType struct {
	typ    ValType // the only result, when not 0
	index  uint32  // of a function type, when indexed
	has    bool    // false: no parameters and no results
	params int
}

// empty reports whether a branch to the block's end carries nothing.
func (b blockType) empty() bool { return !b.has }

// next decodes the instruction at r and proves that what it refers to exists.
func (m *module) next(r *reader, in *instruction) {
	in.start = r.p
	op := r.byte()
	in.op, in.a, in.b = opcode(op), 0, 0
	switch {
	case isPlain(op):
		if op >= opI32Extend8S {
			m.features |= signExtension
		}
	case isMemoryAccess(op):
		m.memoryArgument(r)
	default:
		m.nextIrregular(r, in)
	}
	in.end = r.p
}

func (m *module) nextIrregular(r *reader, in *instruction) {
	switch in.op {
	case opUnreachable, opNop, opElse, opEnd, opReturn, opDrop, opSelect, opRefIsNull:
		if in.op == opRefIsNull {
			m.features |= referenceTypes
		}
	case opBlock, opLoop, opIf:
		in.block = m.blockType(r)
	case opBr, opBrIf:
		in.a = r.u32()
	case opBrTable:
		m.brTable(r, in)
	case opCall, opReturnCall, opRefFunc:
		in.a = index(r, "function", len(m.funcTypes))
		m.callFeatures(in.op)
	case opCallIndirect, opReturnCallIndirect:
		in.a = index(r, "type", len(m.types))
		in.b = index(r, "table", len(m.tables))
		m.callFeatures(in.op)
	case opSelectTyped:
		m.features |= referenceTypes
		r.valTypes()
	case opLocalGet, opLocalSet, opLocalTee:
		in.a = r.u32()
	case opGlobalGet, opGlobalSet:
		in.a = index(r, "global", len(m.globals))
	case opTableGet, opTableSet:
		m.features |= referenceTypes
		in.a = index(r, "table", len(m.tables))
	case opMemorySize, opMemoryGrow:
		m.memoryIndex(r)
	case opI32Const:
		in.a = uint32(r.sleb(32))
	case opI64Const:
		r.sleb(64)
	case opF32Const:
		r.bytes(4)
	case opF64Const:
		r.bytes(8)
	case opRefNull:
		m.features |= referenceTypes
		r.refType()
	case prefixMisc:
		m.nextMisc(r, in)
	case prefixVector:
		m.nextVector(r, in)
	default:
		r.fail(refusalOf(in.op))
	}
}

func (m *module) nextMisc(r *reader, in *instruction) {
	sub := r.u32()
	if sub > 17 {
		if sub >= 19 && sub <= 22 {
			r.fail(wideInts.refusal())
		}
		r.fail(unknownOpcode(prefixMisc<<16 | opcode(sub&0xffff)))
		return
	}
	in.op = prefixMisc<<16 | opcode(sub)
	switch {
	case sub <= 7:
		m.features |= saturatingConversion
	case sub <= 14:
		m.features |= bulkMemory
	default:
		m.features |= referenceTypes
	}
	switch in.op {
	case opMemoryInit:
		in.a = m.dataIndex(r)
		m.memoryIndex(r)
	case opDataDrop:
		in.a = m.dataIndex(r)
	case opMemoryCopy:
		m.memoryIndex(r)
		m.memoryIndex(r)
	case opMemoryFill:
		m.memoryIndex(r)
	case opTableInit:
		in.a = index(r, "element segment", len(m.elements))
		in.b = index(r, "table", len(m.tables))
	case opElemDrop:
		in.a = index(r, "element segment", len(m.elements))
	case opTableCopy:
		in.a = index(r, "table", len(m.tables))
		in.b = index(r, "table", len(m.tables))
	case opTableGrow, opTableSize, opTableFill:
		in.a = index(r, "table", len(m.tables))
	}
}

func (m *module) nextVector(r *reader, in *instruction) {
	m.features |= simd
	sub := r.u32()
	switch shapeOfVector(sub) {
	case vectorMemory:
		m.memoryArgument(r)
	case vectorMemoryLane:
		m.memoryArgument(r)
		r.byte()
	case vectorLane:
		r.byte()
	case vectorBytes:
		r.bytes(16)
	case vectorUnknown:
		if sub >= 0x100 && sub <= 0x113 {
			r.fail(relaxedSIMD.refusal())
		}
		r.fail(unknownOpcode(prefixVector<<16 | opcode(sub&0xffff)))
		return
	}
	in.op = prefixVector<<16 | opcode(sub)
}

// refusalOf says to which proposal an instruction belongs that is not run.
func refusalOf(op opcode) *fault.Error {
	switch op {
	case 0x06, 0x07, 0x09, 0x18, 0x19:
		return oldHandling.refusal()
	case 0x08, 0x0a, 0x1f:
		return exceptions.refusal()
	case 0x14, 0x15, 0xd4, 0xd5, 0xd6:
		return typedRefs.refusal()
	case 0xd3, prefixGC:
		return gc.refusal()
	case prefixAtomic:
		return threads.refusal()
	}
	return unknownOpcode(op)
}

func index(r *reader, what string, size int) uint32 {
	i := r.u32()
	if r.err == nil && int64(i) >= int64(size) {
		r.bad("uses %s %d, which does not exist", what, i)
	}
	return i
}

// dataIndex needs the count of segments before the code, as the format does.
func (m *module) dataIndex(r *reader) uint32 {
	if m.dataCount < 0 {
		r.bad("uses data segments without announcing their count")
	}
	return index(r, "data segment", len(m.data))
}

func (m *module) memoryIndex(r *reader) {
	if i := r.byte(); i != 0 {
		r.fail(multiMemory.refusal())
	}
	if r.err == nil && len(m.memories) == 0 {
		r.bad("uses a memory and has none")
	}
}

// memoryArgument reads alignment and offset. Bit 6 of the alignment announces
// the index of a memory.
func (m *module) memoryArgument(r *reader) {
	align := r.u32()
	if align&0x40 != 0 {
		r.fail(multiMemory.refusal())
	} else if align > 0x40 {
		r.bad("has an unknown alignment")
	}
	r.u32()
	if r.err == nil && len(m.memories) == 0 {
		r.bad("uses a memory and has none")
	}
}

func (m *module) blockType(r *reader) blockType {
	if !r.more() {
		r.byte()
		return blockType{}
	}
	switch c := r.b[r.p]; {
	case c == emptyBlock:
		r.p++
		return blockType{}
	case c > emptyBlock && c < 0x80: // a negative number: one value type
		return blockType{has: true, typ: r.valType()}
	}
	i := r.sleb(33)
	if r.err == nil && (i < 0 || i >= int64(len(m.types))) {
		r.bad("uses type %d, which does not exist", i)
	}
	if r.err != nil {
		return blockType{}
	}
	t := m.types[i]
	if len(t.Params) > 0 || len(t.Results) > 1 {
		m.features |= multiValue
	}
	return blockType{
		has:    len(t.Params)+len(t.Results) > 0,
		index:  uint32(i),
		params: len(t.Params),
	}
}

func (m *module) brTable(r *reader, in *instruction) {
	n := r.count(1)
	in.targets = in.targets[:0]
	for range n + 1 {
		in.targets = append(in.targets, r.u32())
	}
}

func (m *module) callFeatures(op opcode) {
	switch op {
	case opReturnCall, opReturnCallIndirect:
		m.features |= tailCall
	case opRefFunc:
		m.features |= referenceTypes
	}
}
