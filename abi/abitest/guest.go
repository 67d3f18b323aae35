package abitest

import "github.com/postern-dev/postern/abi"

// Parts of an integrated reply.
const (
	replyHead  = `{"isBase64Encoded":false,"statusCode":200,"headers":{"Content-Type":"text/plain"},"body":"`
	replyTail  = `"}`
	helloReply = replyHead + "hello world" + replyTail
)

// Places in the memory of a function; see the picture in the package comment.
const (
	page = 64 << 10

	cellCount   = 16 // a counter
	cellFlag    = 20 // 0 until something happened
	cellSize    = 24 // where WASI calls write a size
	cellNumber  = 32 // where WASI calls write eight bytes
	cellVector  = 40 // an address and a size: what fd_write and fd_read take
	cellDigits  = 64 // a number being turned to text, 24 bytes
	cellPoll    = 96 // a subscription of 48 bytes and an event of 32
	cellRandom  = 192
	replyAt     = 1024
	constantsAt = replyAt + 32<<10
)

// Parameters of postern_handle.
const (
	eventPtr Local = iota
	eventLen
	contextPtr
	contextLen
	firstLocal // of the locals that a body declares
)

// guest is a module that speaks the ABI: what every function has, and room
// for what makes it the one it is. Imports come first, then start, then the
// rest.
type guest struct {
	Module
	nextText uint32 // where the next constant goes
	pages    uint32 // of memory at the start

	heap Global // the next address that postern_alloc hands out
	out  Global // the end of the reply being built

	alloc  Func // (size) -> address, 0 when there is no room
	put    Func // (address, size): appends bytes to the reply
	number Func // (n i64): appends a decimal number to the reply
	pack   Func // (address, size) -> both in one i64
}

func newGuest() *guest { return &guest{nextText: constantsAt, pages: 2} }

// start declares what every function shares.
func (g *guest) start() {
	g.heap, g.out = g.Var(0), g.Var(replyAt) // finish sets where the heap begins
	g.alloc = g.addAlloc()
	g.put = g.Func("i32 i32 ->", "",
		GetGlobal(g.out), Get(0), Get(1), MemoryCopy,
		GetGlobal(g.out), Get(1), Add, SetGlobal(g.out))
	g.number = g.addNumber()
	g.pack = g.Func("i32 i32 -> i64", "", Get(0), Extend, I64(32), Shl64, Get(1), Extend, Or64)
}

// addAlloc is a bump allocator whose memory grows when it has to.
func (g *guest) addAlloc() Func {
	const size, at, limit Local = 0, 1, 2
	return g.Func("i32 -> i32", "i32 i32",
		GetGlobal(g.heap), Tee(at), Get(size), Add, I32(15), Add, I32(-16), And, Tee(limit),
		Get(at), LtU, If(I32(0), Return), // past the end of 32 bits
		Get(limit), MemorySize, I32(16), Shl, GtU, If(
			Get(limit), MemorySize, I32(16), Shl, Sub, I32(page-1), Add, I32(16), Shr,
			MemoryGrow, I32(-1), Eq, If(I32(0), Return)),
		Get(limit), SetGlobal(g.heap),
		Get(at))
}

// addNumber writes the digits from the last to the first, then appends them.
func (g *guest) addNumber() Func {
	const n, at Local = 0, 1
	const last = cellDigits + 24
	digit := Get(at) + I32(1) + Sub + Tee(at) +
		Get(n) + I64(10) + Rem64 + Wrap + I32('0') + Add + Store8 +
		Get(n) + I64(10) + Div64 + Set(n)
	return g.Func("i64 ->", "i32",
		I32(last), Set(at), digit,
		While(Get(n)+Eqz64+Eqz, digit),
		Get(at), I32(last), Get(at), Sub, Call(g.put))
}

// text places a constant and pushes its address and size.
func (g *guest) text(s string) Code {
	at := g.nextText
	if s != "" {
		g.Data(at, s)
	}
	g.nextText = (at + uint32(len(s)) + 15) &^ 15
	return I32(int32(at)) + I32(int32(len(s)))
}

// putText appends a constant to the reply.
func (g *guest) putText(s string) Code { return g.text(s) + Call(g.put) }

// built pushes the reply that was built, packed, and makes room for the next.
func (g *guest) built() Code {
	return I64(replyAt<<32) + GetGlobal(g.out) + I32(replyAt) + Sub + Extend + Or64 +
		I32(replyAt) + SetGlobal(g.out)
}

// integrated pushes an integrated reply; body appends its text, which must not
// need escapes.
func (g *guest) integrated(body ...Code) Code {
	return g.putText(replyHead) + seq(body) + g.putText(replyTail) + g.built()
}

// hello pushes the integrated reply "hello world".
func (g *guest) hello() Code { return g.text(helloReply) + Call(g.pack) }

// finish adds postern_handle with body, which pushes the reply, and returns
// the module. locals are the body's own.
func (g *guest) finish(locals string, body ...Code) []byte {
	const signature = "i32 i32 i32 i32 -> i64"
	base := int32(g.nextText)
	g.globals[g.heap].init = I32(base)
	g.Memory(g.pages + g.nextText/page)
	g.Export(abi.ExportMemory, KindMemory, 0)
	g.ExportFunc(abi.ExportVersion, g.Func("->", ""))
	g.ExportFunc(abi.ExportAlloc, g.alloc)
	run := g.Func(signature, locals, body...)
	g.ExportFunc(abi.ExportHandle, g.Func(signature, "",
		Get(eventPtr), Get(eventLen), Get(contextPtr), Get(contextLen), Call(run),
		I32(base), SetGlobal(g.heap)))
	return g.Bytes()
}

// export names a function without parameters and results.
func (g *guest) export(name string, locals string, body ...Code) {
	g.ExportFunc(name, g.Func("->", locals, body...))
}
