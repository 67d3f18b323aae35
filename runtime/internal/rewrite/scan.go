package rewrite

// maxNesting bounds how deep blocks may lie in one another. Go's compiler
// opens one for each basic block of a function.
const maxNesting = 200_000

// summary is what a pass over all functions finds out before any is rewritten.
type summary struct {
	// events[i] are the calls and loops of function i, in the order of its
	// code: the index of the function called, or one of the marks below.
	events [][]uint32

	branches int // see [Info]

	memoryInit, tableWrites, drops bool
	usesData                       bool // memory.init or data.drop, in any function
}

// Marks among the events. They are no function's index: there are fewer.
const (
	markLoop     = ^uint32(iota) // a loop begins
	markLoopEnd                  // it ends
	markIndirect                 // a call through a table
	markBulk                     // an instruction that a helper may carry out
)

// scan decodes every function and proves what a rewrite relies on: every
// index and label exists and the constructs close where they should.
func (m *module) scan() (*summary, error) {
	s := &summary{events: make([][]uint32, len(m.codes))}
	sc := scanner{m: m, s: s}
	for i := range m.codes {
		if err := sc.function(i); err != nil {
			return nil, err
		}
	}
	return s, nil
}

type scanner struct {
	m     *module
	s     *summary
	kinds []byte // the open constructs: the instruction that began each
	in    instruction
	found []uint32

	branches int
}

func (sc *scanner) function(i int) error {
	c := &sc.m.codes[i]
	locals := uint64(len(sc.m.types[sc.m.funcs[i]].Params)) + uint64(c.count)
	r := &reader{b: c.body}
	sc.kinds = append(sc.kinds[:0], opBlock)
	sc.found = sc.found[:0]
	sc.branches = 0
	for r.err == nil && len(sc.kinds) > 0 {
		sc.m.next(r, &sc.in)
		if r.err != nil {
			break
		}
		sc.instruction(r, locals)
	}
	if r.err == nil && r.more() {
		r.bad("has code after the end of function %d", i+sc.m.importedFuncs)
	}
	if r.err != nil {
		return r.err
	}
	sc.s.events[i] = append([]uint32(nil), sc.found...)
	sc.s.branches = max(sc.s.branches, sc.branches)
	return nil
}

func (sc *scanner) instruction(r *reader, locals uint64) {
	in := &sc.in
	switch in.op {
	case opBlock, opLoop, opIf:
		if len(sc.kinds) > maxNesting {
			r.bad("nests blocks more than %d deep", maxNesting)
			return
		}
		sc.branches++
		sc.kinds = append(sc.kinds, byte(in.op))
		if in.op == opLoop {
			sc.found = append(sc.found, markLoop)
		}
	case opElse:
		top := len(sc.kinds) - 1
		if sc.kinds[top] != opIf {
			r.bad("has an else without an if")
			return
		}
		sc.branches++
		sc.kinds[top] = opElse
	case opEnd:
		top := len(sc.kinds) - 1
		if sc.kinds[top] == opLoop {
			sc.found = append(sc.found, markLoopEnd)
		}
		sc.kinds = sc.kinds[:top]
	case opBr, opBrIf:
		sc.branches++
		sc.label(r, in.a)
	case opBrTable:
		sc.branches += len(in.targets)
		for _, l := range in.targets {
			sc.label(r, l)
		}
	case opLocalGet, opLocalSet, opLocalTee:
		if uint64(in.a) >= locals {
			r.bad("uses local %d, which does not exist", in.a)
		}
	case opCall, opReturnCall:
		sc.found = append(sc.found, in.a)
	case opCallIndirect, opReturnCallIndirect:
		sc.found = append(sc.found, markIndirect)
	case opMemoryInit, opMemoryFill, opMemoryCopy, opMemoryGrow,
		opTableInit, opTableCopy, opTableFill, opTableGrow, opTableSet, opDataDrop, opElemDrop:
		sc.bulk(in.op)
	}
}

func (sc *scanner) bulk(op opcode) {
	s := sc.s
	switch op {
	case opMemoryInit:
		s.memoryInit, s.usesData = true, true
	case opTableInit, opTableCopy, opTableFill, opTableGrow, opTableSet:
		s.tableWrites = true
	case opDataDrop:
		s.drops, s.usesData = true, true
	case opElemDrop:
		s.drops = true
	}
	if op != opTableSet && op != opDataDrop && op != opElemDrop {
		sc.found = append(sc.found, markBulk)
	}
}

func (sc *scanner) label(r *reader, l uint32) {
	if int64(l) >= int64(len(sc.kinds)) {
		r.bad("branches to label %d, which does not exist", l)
	}
}
