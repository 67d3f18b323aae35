package rewrite

import "math"

// generator makes valid modules from bytes: the same bytes give the same
// module. Runs of it end, because every loop and every function first counts a
// global down and traps at zero.
type generator struct {
	in     []byte
	m      *module
	types  []FuncType // of the functions, by index
	table  []uint32
	locals []ValType // of the function that is being made
	out    []byte
	scope  []genLabel
	result []ValType
	room   int // nodes left for this function

	callable int // the functions below this index may be called by it
}

type genLabel struct {
	typ  ValType // what a branch carries; 0: nothing
	loop bool
}

var numbers = []ValType{I32, I64, F32, F64}

const (
	genSteps   = 1500 // what a run may count down
	genPages   = 3
	genGlobals = 5 // mutable ones: one of each type, and the steps
	stepGlobal = 4
)

func (g *generator) byte() byte {
	if len(g.in) == 0 {
		return 0
	}
	b := g.in[0]
	g.in = g.in[1:]
	return b
}

func (g *generator) n(n int) int        { return int(g.byte()) % n }
func (g *generator) one(of int) bool    { return g.n(of) == of-1 }
func (g *generator) number() ValType    { return numbers[g.n(4)] }
func (g *generator) emit(b ...byte)     { g.out = append(g.out, b...) }
func (g *generator) emitU32(v uint32)   { g.out = appendU32(g.out, v) }
func (g *generator) i32Const(v int32)   { g.out = appendS64(append(g.out, opI32Const), int64(v)) }
func (g *generator) misc(b ...byte)     { g.emit(append([]byte{prefixMisc}, b...)...) }
func (g *generator) mask(address int32) { g.i32Const(address); g.emit(0x71) }

// generate makes a module with some of the functions f0, f1, … exported, and
// every function in its table.
func generate(in []byte) *module {
	g := &generator{in: in, m: newModule()}
	m := g.m
	m.memories = []limits{{min: genPages, max: genPages + 2, hasMax: true}}
	for i, t := range numbers {
		m.globals = append(m.globals, global{typ: t, mutable: true, init: constant(t, [2]uint64{uint64(i * 77)})})
	}
	m.globals = append(m.globals, global{typ: I32, mutable: true, init: constant(I32, [2]uint64{genSteps})})
	m.exports = append(m.exports, export{"steps", KindGlobal, stepGlobal})
	m.dataCount = 2
	m.data = []dataSegment{
		{passive: true, bytes: []byte("a passive segment that init may copy from")},
		{offset: constant(I32, [2]uint64{100}), bytes: []byte("an active segment")},
	}
	for range 1 + g.n(6) {
		var t FuncType
		for range g.n(4) {
			t.Params = append(t.Params, g.number())
		}
		if !g.one(5) {
			t.Results = []ValType{g.number()}
		}
		g.types = append(g.types, t)
		g.table = append(g.table, uint32(len(g.table)))
	}
	m.tables = []table{{elem: FuncRef, limits: limits{min: 8}}}
	m.elements = []element{{elem: FuncRef, offset: constant(I32, [2]uint64{}), funcs: g.table}}
	for i, t := range g.types {
		g.function(i, t)
	}
	return m
}

func (g *generator) function(i int, t FuncType) {
	extra := []ValType{I32, I64, F32, F64, I32}[:g.n(6)]
	g.locals = append(append([]ValType(nil), t.Params...), extra...)
	g.out, g.scope, g.result, g.room = nil, []genLabel{{}}, t.Results, 60+g.n(200)
	if len(t.Results) > 0 {
		g.scope[0].typ = t.Results[0]
	}
	// A function that does not count may be free; it calls earlier ones only.
	// Those that count are exported: an exported one is never free.
	name := ""
	if g.callable = i; !g.one(3) || i == 0 {
		name = "f" + string(rune('0'+i))
		g.callable = len(g.types)
		g.countDown()
	}
	switch {
	case g.one(4):
		g.dispatch()
	default:
		g.statements(2 + g.n(6))
	}
	for _, r := range t.Results {
		g.value(r, 4)
	}
	g.m.add(name, t, extra, g.out...)
}

// countDown traps when the run has made all its steps.
func (g *generator) countDown() {
	g.emit(opGlobalGet, stepGlobal, opI32Eqz, opIf, emptyBlock, opUnreachable, opEnd)
	g.emit(opGlobalGet, stepGlobal, opI32Const, 1, opI32Sub, opGlobalSet, stepGlobal)
}

func (g *generator) open(op byte, typ ValType, label genLabel) {
	if typ == 0 {
		typ = emptyBlock
	}
	g.emit(op, byte(typ))
	g.scope = append(g.scope, label)
}

func (g *generator) close() {
	g.emit(opEnd)
	g.scope = g.scope[:len(g.scope)-1]
}

// local finds a local of a type; ok is false when there is none.
func (g *generator) local(t ValType) (index uint32, ok bool) {
	start := g.n(8)
	for i := range g.locals {
		at := (i + start) % len(g.locals)
		if g.locals[at] == t {
			return uint32(at), true
		}
	}
	return 0, false
}

func (g *generator) constant(t ValType) {
	var v uint64
	switch g.n(4) {
	case 0:
		v = uint64(int64(int8(g.byte())))
	case 1:
		v = uint64(g.byte()) << (g.n(64))
	case 2:
		v = math.Float64bits(float64(g.byte()) / 3)
		if t == F32 || t == I32 {
			v = uint64(math.Float32bits(float32(g.byte()) / 3))
		}
	case 3:
		v = math.MaxUint64 >> g.n(64)
	}
	c := constant(t, [2]uint64{v})
	g.emit(c[:len(c)-1]...)
}

// binary and unary operators that give a value of their operands' type.
var (
	genBinary = map[ValType][]byte{
		I32: {0x6a, 0x6b, 0x6c, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x6d, 0x6e, 0x6f, 0x70},
		I64: {0x7c, 0x7d, 0x7e, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x7f, 0x80, 0x81, 0x82},
		F32: {0x92, 0x93, 0x94, 0x95, 0x96, 0x97},
		F64: {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5},
	}
	genUnary = map[ValType][]byte{
		I32: {0x45, 0x67, 0x68, 0x69, 0xc0, 0xc1},
		I64: {0x79, 0x7a, 0x7b, 0xc2, 0xc3, 0xc4},
		F32: {0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91},
		F64: {0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f},
	}
	genCompare = map[ValType][]byte{
		I32: {0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b}, I64: {0x51, 0x52, 0x53, 0x54, 0x55, 0x56},
		F32: {0x5b, 0x5c, 0x5d, 0x5e}, F64: {0x61, 0x62, 0x63, 0x64},
	}
	genLoad  = map[ValType]byte{I32: 0x28, I64: 0x29, F32: 0x2a, F64: 0x2b}
	genStore = map[ValType]byte{I32: 0x36, I64: 0x37, F32: 0x38, F64: 0x39}
)

// value leaves a value of the type on the stack.
func (g *generator) value(t ValType, depth int) {
	g.room--
	if depth <= 0 || g.room < 0 {
		if i, ok := g.local(t); ok && g.one(2) {
			g.emit(opLocalGet)
			g.emitU32(i)
			return
		}
		g.constant(t)
		return
	}
	switch g.n(14) {
	case 0, 1:
		g.constant(t)
	case 2, 3:
		g.value(t, 0)
	case 4, 5:
		g.value(t, depth-1)
		g.value(t, depth-1)
		g.emit(genBinary[t][g.n(len(genBinary[t]))])
	case 6:
		g.value(t, depth-1)
		g.emit(genUnary[t][g.n(len(genUnary[t]))])
	case 7:
		g.emit(opGlobalGet, byte(g.indexOf(t)))
	case 8:
		g.address(depth)
		g.emit(genLoad[t], 0)
		g.emitU32(uint32(g.byte()))
	case 9:
		g.value(t, depth-1)
		g.value(t, depth-1)
		g.value(I32, depth-1)
		g.emit(opSelect)
	case 10:
		g.block(t, depth)
	case 11:
		g.callFor(t, depth)
	case 12:
		g.convert(t, depth)
	case 13:
		if i, ok := g.local(t); ok {
			g.value(t, depth-1)
			g.emit(opLocalTee)
			g.emitU32(i)
			return
		}
		g.value(t, 0)
	}
}

func (g *generator) indexOf(t ValType) int {
	for i, n := range numbers {
		if n == t {
			return i
		}
	}
	return 0
}

// address is mostly one that exists.
func (g *generator) address(depth int) {
	g.value(I32, depth-1)
	if !g.one(40) {
		g.mask(0xffff)
	}
}

func (g *generator) convert(t ValType, depth int) {
	switch t {
	case I32:
		from := g.number()
		g.value(from, depth-1)
		if g.one(3) && from == I64 {
			g.emit(0xa7)
			return
		}
		g.value(from, depth-1)
		g.emit(genCompare[from][g.n(4)])
	case I64:
		g.value(I32, depth-1)
		g.emit(0xac + byte(g.n(2)))
	case F32:
		g.value(I64, depth-1)
		g.emit(0xb4 + byte(g.n(2)))
	case F64:
		g.value(I64, depth-1)
		g.emit(0xb9 + byte(g.n(2)))
	}
}

// block leaves a value by a block, an if, or a loop.
func (g *generator) block(t ValType, depth int) {
	switch g.n(4) {
	case 0:
		g.open(opBlock, t, genLabel{typ: t})
		g.statements(1 + g.n(2))
		g.value(t, depth-1)
		g.close()
	case 1:
		g.value(I32, depth-1)
		g.open(opIf, t, genLabel{typ: t})
		g.value(t, depth-1)
		g.emit(opElse)
		g.statements(1)
		g.value(t, depth-1)
		g.close()
	case 2:
		g.open(opLoop, t, genLabel{loop: true})
		g.countDown()
		g.statements(1 + g.n(2))
		g.value(t, depth-1)
		g.close()
	case 3: // a loop that takes and gives a value
		g.value(t, depth-1)
		index := uint32(len(g.m.types))
		g.m.types = append(g.m.types, FuncType{[]ValType{t}, []ValType{t}})
		g.emit(opLoop)
		g.out = appendS64(g.out, int64(index))
		g.scope = append(g.scope, genLabel{typ: t, loop: true})
		g.countDown()
		g.value(t, depth-2)
		g.emit(genBinary[t][g.n(3)])
		if g.one(2) {
			g.value(I32, 1)
			g.emit(opI32Const, 3, 0x71, opBrIf, 0)
		}
		g.close()
	}
}

// callFor leaves a value by a call of a function that gives one.
func (g *generator) callFor(t ValType, depth int) {
	start := g.n(g.callable)
	for i := range g.callable {
		fn := (start + i) % g.callable
		if r := g.types[fn].Results; len(r) == 1 && r[0] == t {
			g.call(fn, depth, opCall, opCallIndirect)
			return
		}
	}
	g.value(t, 0)
}

func (g *generator) call(fn, depth int, direct, indirect byte) {
	for _, p := range g.types[fn].Params {
		g.value(p, min(depth-1, 2))
	}
	if !g.one(3) {
		g.emit(direct)
		g.emitU32(uint32(fn))
		return
	}
	if g.one(10) && g.callable == len(g.types) {
		g.value(I32, 1)
		g.mask(7)
	} else {
		g.i32Const(int32(fn))
	}
	index := uint32(len(g.m.types))
	g.m.types = append(g.m.types, g.types[fn])
	g.emit(indirect)
	g.emitU32(index)
	g.emitU32(0)
}
