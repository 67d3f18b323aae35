package abitest

import "github.com/postern-dev/postern/abi"

// Spin never ends and calls nothing.
func Spin() []byte {
	g := newGuest()
	g.start()
	return g.finish("", Forever())
}

// Recurse calls itself until the stack ends.
func Recurse() []byte {
	g := newGuest()
	g.start()
	f := g.Declare("i32 -> i32")
	g.Define(f, "", Get(0), I32(1), Add, Call(f), Get(0), Add) // the last sum keeps it from being a jump
	return g.finish("", I32(0), Call(f), Drop, g.hello())
}

// ExponentialCalls neither loops nor recurses: 48 functions, each of which
// calls the next twice. It takes days.
func ExponentialCalls() []byte {
	g := newGuest()
	g.start()
	f := g.Func("i32 -> i32", "", Get(0), I32(1), Add)
	for range 48 {
		f = g.Func("i32 -> i32", "", Get(0), Call(f), Call(f))
	}
	return g.finish("", I32(0), Call(f), Drop, g.hello())
}

// Fill fills 16 MiB of memory over and over, one instruction each time: little
// code, much work.
func Fill() []byte {
	g := newGuest()
	g.start()
	g.pages = 16<<20/page + 1
	return g.finish("", Forever(I32(replyAt), I32(0x55), I32(16<<20), MemoryFill))
}

// Trap meets an unreachable instruction.
func Trap() []byte {
	g := newGuest()
	g.start()
	return g.finish("", Unreachable)
}

// TrapAfter counts its calls like Counter, and traps in every call whose
// number is a multiple of n, after it changed its memory.
func TrapAfter(n int32) []byte {
	g := newGuest()
	g.start()
	return g.finish("",
		I32(cellCount), I32(cellCount), Load32, I32(1), Add, Store32,
		I32(cellCount), Load32, Extend, I64(int64(n)), Rem64, Eqz64, If(Unreachable),
		g.integrated(I32(cellCount)+Load32+Extend+Call(g.number)))
}

// Grow asks for memory until it is refused, and traps then.
func Grow() []byte {
	g := newGuest()
	g.start()
	return g.finish("", grow(), Unreachable)
}

// GrowStorm asks for one page after the other, and goes on asking when it is
// refused.
func GrowStorm() []byte {
	g := newGuest()
	g.start()
	return g.finish("", Forever(I32(1)+MemoryGrow+Drop))
}

// GrowQuiet asks for memory until it is refused; the body of its integrated
// reply is the number of pages that it has then.
func GrowQuiet() []byte {
	g := newGuest()
	g.start()
	return g.finish("", grow(), g.integrated(MemorySize+Extend+Call(g.number)))
}

func grow() Code { return While(I32(1)+MemoryGrow+I32(-1)+Ne, "") }

// GrowBy asks for pages once, traps unless the end of the last one of them is
// blank, and writes there. The body of its integrated reply is the number of pages
// before.
func GrowBy(pages int32) []byte { return newGuest().growBy(pages) }

// GrowToMaximum is GrowBy of a module whose memory may not have more pages.
func GrowToMaximum(pages int32) []byte {
	g := newGuest()
	g.MaxMemory(g.pages + uint32(pages))
	return g.growBy(pages)
}

func (g *guest) growBy(pages int32) []byte {
	g.start()
	const before = firstLocal
	last := MemorySize + I32(16) + Shl + I32(8) + Sub
	return g.finish("i32",
		I32(pages), MemoryGrow, Tee(before), I32(-1), Eq, If(Unreachable),
		last, Load32, If(Unreachable),
		last, I32(-1), Store32,
		g.integrated(Get(before)+Extend+Call(g.number)))
}

// Scribble overwrites all of its memory with 0xAA, constants included, and
// changes every global it has. It answers "hello world" when it found memory
// and globals as they were at the start, and "dirty" otherwise.
func Scribble() []byte {
	g := newGuest()
	g.start()
	witness := g.Var(7)
	const clean = firstLocal
	const dirty = replyHead + "dirty" + replyTail
	return g.finish("i32",
		GetGlobal(witness), I32(7), Eq, I32(cellCount), Load32, Eqz, And, Set(clean),
		I32(0), I32(0xAA), MemorySize, I32(16), Shl, MemoryFill,
		GetGlobal(witness), I32(1), Add, SetGlobal(witness),
		GetGlobal(g.out), I32(64), Add, SetGlobal(g.out),
		GetGlobal(g.heap), I32(64), Add, SetGlobal(g.heap),
		Get(clean), IfElse(store(replyAt, helloReply), store(replyAt, dirty)),
		I32(replyAt),
		I32(int32(len(helloReply))), I32(int32(len(dirty))), Get(clean), Select,
		Call(g.pack))
}

// store writes text from the code alone, eight bytes at a time; it may write
// up to seven zero bytes after it.
func store(at int32, text string) Code {
	var c Code
	for i := 0; i < len(text); i += 8 {
		c += I32(at+int32(i)) + I64(int64(uint64Of(text[i:min(i+8, len(text))]))) + Store64
	}
	return c
}

// NoReply leaves without a reply and without a word.
func NoReply() []byte {
	g := newGuest()
	g.start()
	return g.finish("", I64(0))
}

// BadPointer answers with an address outside of its memory.
func BadPointer() []byte {
	g := newGuest()
	g.start()
	return g.finish("", I64(int64(abi.Pack(0x7fff_0000, 16))))
}

// HugeReply answers with the given number of spaces.
func HugeReply(size int32) []byte {
	g := newGuest()
	g.start()
	const at = firstLocal
	return g.finish("i32",
		I32(size), Call(g.alloc), Tee(at), Eqz, If(Unreachable),
		Get(at), I32(' '), I32(size), MemoryFill,
		Get(at), I32(size), Call(g.pack))
}

// NoRoom refuses all room that the host asks for.
func NoRoom() []byte {
	g := newGuest()
	g.start()
	g.alloc = g.Func("i32 -> i32", "", I32(0))
	return g.finish("", g.hello())
}

// StartTrap traps in _initialize.
func StartTrap() []byte {
	g := newGuest()
	g.start()
	g.export(abi.ExportInitialize, "", Unreachable)
	return g.finish("", g.hello())
}

// StartSpin never ends its _initialize.
func StartSpin() []byte {
	g := newGuest()
	g.start()
	g.export(abi.ExportInitialize, "", Forever())
	return g.finish("", g.hello())
}
