package abitest

import "github.com/postern-dev/postern/abi"

// Print writes text to standard output, then answers "hello world".
func Print(text string) []byte { return printTo(1, text) }

// PrintError writes text to standard error, then answers "hello world".
func PrintError(text string) []byte { return printTo(2, text) }

func printTo(fd int32, text string) []byte {
	g := newGuest()
	write := g.Import(abi.ImportWASI, "fd_write", sigFd)
	g.start()
	return g.finish("", g.vector(text), transfer(write, fd), g.hello())
}

// vector writes the address and the size of text into cellVector.
func (g *guest) vector(text string) Code {
	at := int32(g.nextText)
	g.text(text)
	return I32(cellVector) + I32(at) + Store32 +
		I32(cellVector+4) + I32(int32(len(text))) + Store32
}

// transfer calls fd_write or fd_read with what cellVector names; how many
// bytes went is in cellSize.
func transfer(f Func, fd int32) Code {
	return I32(fd) + I32(cellVector) + I32(1) + I32(cellSize) + Call(f) + If(Unreachable)
}

// Log writes text to the journal at a level, then answers "hello world".
func Log(level int32, text string) []byte {
	g := newGuest()
	log := g.Import(abi.ImportModule, abi.ImportLog, sigLog)
	g.start()
	return g.finish("", I32(level), g.text(text), Call(log), g.hello())
}

// Fail says why it fails and leaves without a reply.
func Fail(message string) []byte {
	g := newGuest()
	fail := g.Import(abi.ImportModule, abi.ImportFail, sigFail)
	g.start()
	return g.finish("", g.text(message), Call(fail), I64(0))
}

// CallOp calls op of a service with in and answers with what it answers.
func CallOp(op, in string) []byte {
	g := newGuest()
	call := g.Import(abi.ImportModule, abi.ImportCall, sigCall)
	g.start()
	return g.finish("", g.text(op), g.text(in), Call(call))
}

// CallEvent calls op of a service with the event and answers with what it
// answers.
func CallEvent(op string) []byte {
	g := newGuest()
	call := g.Import(abi.ImportModule, abi.ImportCall, sigCall)
	g.start()
	return g.finish("", g.text(op), Get(eventPtr), Get(eventLen), Call(call))
}

// Random answers with 16 random bytes as hex, integrated.
func Random() []byte {
	g := newGuest()
	random := g.Import(abi.ImportWASI, "random_get", sigTwo)
	g.start()
	const at = firstLocal
	digits := int32(g.nextText)
	g.text("0123456789abcdef")
	digit := func(nibble Code) Code { return I32(digits) + nibble + Add + I32(1) + Call(g.put) }
	return g.finish("i32",
		I32(cellRandom), I32(16), Call(random), If(Unreachable),
		I32(cellRandom), Set(at),
		g.integrated(While(Get(at)+I32(cellRandom+16)+LtU,
			digit(Get(at)+Load8+I32(4)+Shr),
			digit(Get(at)+Load8+I32(15)+And),
			Get(at)+I32(1)+Add+Set(at))))
}

// Clock answers with the nanoseconds since 1970, integrated.
func Clock() []byte {
	g := newGuest()
	clock := g.Import(abi.ImportWASI, "clock_time_get", sigClock)
	g.start()
	return g.finish("",
		I32(0), I64(1), I32(cellNumber), Call(clock), If(Unreachable),
		g.integrated(I32(cellNumber)+Load64+Call(g.number)))
}

// Environ answers with the environment, integrated: a variable a line, in the
// order in which the host gives them.
func Environ() []byte {
	g := newGuest()
	sizes := g.Import(abi.ImportWASI, "environ_sizes_get", sigTwo)
	get := g.Import(abi.ImportWASI, "environ_get", sigTwo)
	g.start()
	const at, limit, c = firstLocal, firstLocal + 1, firstLocal + 2
	newline, escape := g.putText(`\n`), g.putText(`\`)
	return g.finish("i32 i32 i32",
		g.environ(sizes, get, at, limit),
		g.integrated(While(Get(at)+Get(limit)+LtU,
			Get(at)+Load8+Tee(c)+Eqz+IfElse(newline,
				Get(c)+I32('"')+Eq+Get(c)+I32('\\')+Eq+Or+If(escape)+
					Get(at)+I32(1)+Call(g.put)),
			Get(at)+I32(1)+Add+Set(at))))
}

// environ leaves the environment between at and limit: NAME=value, each ending
// in a zero byte. The array of addresses that WASI also wants is thrown away.
func (g *guest) environ(sizes, get Func, at, limit Local) Code {
	return I32(cellNumber) + I32(cellSize) + Call(sizes) + If(Unreachable) +
		I32(cellSize) + Load32 + Call(g.alloc) + Tee(at) + I32(cellSize) + Load32 + Add + Set(limit) +
		I32(cellNumber) + Load32 + I32(4) + Mul + Call(g.alloc) + Get(at) + Call(get) + If(Unreachable)
}

// Exit ends the program in the middle of a call.
func Exit(code int32) []byte {
	g := newGuest()
	exit := g.Import(abi.ImportWASI, "proc_exit", sigProcExit)
	g.start()
	return g.finish("", I32(code), Call(exit), I64(0))
}
