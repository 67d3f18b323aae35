package rewrite

// The statements of generated functions: code that leaves the stack as it is.

func (g *generator) statements(n int) {
	for range n {
		g.statement()
	}
}

func (g *generator) statement() {
	if g.room--; g.room < 0 {
		return
	}
	switch g.n(16) {
	case 0, 1, 2:
		if t := g.number(); true {
			if i, ok := g.local(t); ok {
				g.value(t, 4)
				g.emit(opLocalSet)
				g.emitU32(i)
			}
		}
	case 3:
		t := g.number()
		g.value(t, 3)
		g.emit(opGlobalSet, byte(g.indexOf(t)))
	case 4, 5:
		t := g.number()
		g.address(3)
		g.value(t, 3)
		g.emit(genStore[t], 0)
		g.emitU32(uint32(g.byte()))
	case 6:
		g.value(I32, 3)
		g.open(opIf, 0, genLabel{})
		g.statements(1 + g.n(3))
		if g.one(2) {
			g.emit(opElse)
			g.statements(1 + g.n(3))
		}
		g.close()
	case 7:
		g.open(opBlock, 0, genLabel{})
		g.statements(1 + g.n(4))
		g.close()
	case 8, 9:
		g.loop()
	case 10, 11:
		g.branch()
	case 12:
		fn := g.n(g.callable)
		g.call(fn, 3, opCall, opCallIndirect)
		if len(g.types[fn].Results) > 0 {
			g.emit(opDrop)
		}
	case 13:
		g.bulk()
	case 14:
		g.value(g.number(), 4)
		g.emit(opDrop)
	case 15:
		g.rare()
	}
}

// loop repeats a few times, or as long as the steps last.
func (g *generator) loop() {
	g.open(opLoop, 0, genLabel{loop: true})
	g.countDown()
	g.statements(1 + g.n(4))
	switch g.n(3) {
	case 0: // by a counter
		if i, ok := g.local(I32); ok {
			g.emit(opLocalGet)
			g.emitU32(i)
			g.emit(opI32Const, 1, opI32Sub, opLocalTee)
			g.emitU32(i)
			g.emit(opI32Const, 7, 0x71, opBrIf, 0)
		}
	case 1: // by the steps that are left
		g.emit(opGlobalGet, stepGlobal, opI32Const, byte(1+g.n(63)), opI32RemU, opBrIf, 0)
	}
	g.close()
}

// branch leaves for a random label. In what follows nothing is reached.
func (g *generator) branch() {
	label := g.n(len(g.scope))
	l := g.scope[len(g.scope)-1-label]
	switch g.n(4) {
	case 0:
		if l.typ != 0 {
			g.value(l.typ, 2)
		}
		g.value(I32, 2)
		g.emit(opBrIf)
		g.emitU32(uint32(label))
		if l.typ != 0 {
			g.emit(opDrop)
		}
	case 1: // under a condition, so that what follows lives
		g.value(I32, 2)
		g.open(opIf, 0, genLabel{})
		if l.typ != 0 {
			g.value(l.typ, 2)
		}
		g.emit(opBr)
		g.emitU32(uint32(label + 1))
		g.close()
	case 2:
		g.value(I32, 2)
		g.open(opIf, 0, genLabel{})
		g.brTable(l.typ)
		g.close()
	case 3:
		g.value(I32, 2)
		g.open(opIf, 0, genLabel{})
		g.leave()
		g.close()
	}
}

// brTable branches to some of the labels that carry the type.
func (g *generator) brTable(t ValType) {
	var labels []uint32
	for i := range g.scope {
		if g.scope[len(g.scope)-1-i].typ == t {
			labels = append(labels, uint32(i))
		}
	}
	if len(labels) == 0 {
		return
	}
	if t != 0 {
		g.value(t, 2)
	}
	g.value(I32, 2)
	n := 1 + g.n(4)
	g.emit(opBrTable)
	g.emitU32(uint32(n - 1))
	for range n {
		g.emitU32(labels[g.n(len(labels))])
	}
}

// leave returns, or ends with a tail call.
func (g *generator) leave() {
	if g.one(2) {
		for fn, t := range g.types[:g.callable] {
			if t.Equal(FuncType{t.Params, g.result}) {
				g.call(fn, 2, opReturnCall, opReturnCallIndirect)
				return
			}
		}
	}
	for _, r := range g.result {
		g.value(r, 2)
	}
	g.emit(opReturn)
}

// bulk works on ranges, with lengths that are constant, short or long, and
// now and then out of bounds.
func (g *generator) bulk() {
	g.address(2)
	op := 8 + byte(g.n(4))
	switch op {
	case 8, 10:
		g.address(2)
	case 9: // data.drop would make the module unfreezable: fill instead
		op = 11
		fallthrough
	default:
		g.value(I32, 2)
	}
	switch g.n(4) {
	case 0:
		g.i32Const(int32(g.byte()) * 40)
	case 1:
		g.value(I32, 2)
		g.mask(0xfff)
	case 2:
		g.value(I32, 2)
		g.mask(0x1ffff)
	case 3:
		g.i32Const(int32(g.byte()) % 16)
	}
	switch op {
	case 8:
		// Only from the passive segment: wazero does not drop active ones once
		// they are written, as the specification and Freeze do.
		g.misc(8, 0, 0)
	case 10:
		g.misc(10, 0, 0)
	case 11:
		g.misc(11, 0)
	}
}

func (g *generator) rare() {
	switch g.n(5) {
	case 0:
		g.value(I32, 2)
		g.mask(3)
		g.emit(opMemoryGrow, 0, opDrop)
	case 1:
		g.emit(opMemorySize, 0, opDrop)
	case 2:
		g.value(I32, 2)
		g.open(opIf, 0, genLabel{})
		g.emit(opUnreachable)
		g.close()
	case 3:
		g.emit(opNop)
	case 4:
		g.dispatch()
	}
}

// dispatch is a loop around a br_table, as Go's compiler makes of every
// function: pieces that name their successor and go back to the head.
func (g *generator) dispatch() {
	pc, ok := g.local(I32)
	if !ok {
		return
	}
	g.open(opBlock, 0, genLabel{})
	g.open(opLoop, 0, genLabel{loop: true})
	n := 2 + g.n(4)
	for range n {
		g.open(opBlock, 0, genLabel{})
	}
	g.emit(opLocalGet)
	g.emitU32(pc)
	g.emit(opBrTable)
	g.emitU32(uint32(n))
	for i := range n + 1 {
		if g.one(4) {
			g.emitU32(uint32(n + 1)) // leave
		} else {
			g.emitU32(uint32(i % n))
		}
	}
	for piece := range n {
		g.close()
		g.countDown()
		g.statements(g.n(3))
		toLoop := byte(n - 1 - piece)
		if g.one(2) {
			g.value(I32, 2)
			g.emit(opIf, emptyBlock)
			g.i32Const(int32(g.n(n + 2)))
			g.emit(opLocalSet)
			g.emitU32(pc)
			g.emit(opBr, toLoop+1, opEnd)
		}
		g.i32Const(int32(g.n(n+2)) - 1)
		g.emit(opLocalSet)
		g.emitU32(pc)
		g.emit(opBr, toLoop)
	}
	g.close()
	g.close()
}
