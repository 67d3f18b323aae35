package abitest

import "github.com/postern-dev/postern/abi"

// Command is a WASI command that prints text.
func Command(text string) []byte {
	g := newGuest()
	write := g.Import(abi.ImportWASI, "fd_write", sigFd)
	g.start()
	return g.command("", g.vector(text), transfer(write, 1))
}

// CommandEcho is a WASI command that copies its input to its output.
func CommandEcho() []byte {
	const room, at = 16 << 10, replyAt
	g := newGuest()
	read := g.Import(abi.ImportWASI, "fd_read", sigFd)
	write := g.Import(abi.ImportWASI, "fd_write", sigFd)
	g.start()
	return g.command("", Forever(
		I32(cellVector), I32(at), Store32,
		I32(cellVector+4), I32(room), Store32,
		transfer(read, 0),
		I32(cellSize), Load32, Eqz, If(Return),
		I32(cellVector+4), I32(cellSize), Load32, Store32,
		transfer(write, 1)))
}

// CommandEnviron is a WASI command that prints its environment, a variable a
// line.
func CommandEnviron() []byte {
	const at, limit, i Local = 0, 1, 2
	g := newGuest()
	write := g.Import(abi.ImportWASI, "fd_write", sigFd)
	sizes := g.Import(abi.ImportWASI, "environ_sizes_get", sigTwo)
	get := g.Import(abi.ImportWASI, "environ_get", sigTwo)
	g.start()
	return g.command("i32 i32 i32",
		g.environ(sizes, get, at, limit),
		Get(at), Set(i),
		While(Get(i)+Get(limit)+LtU,
			Get(i)+Load8+Eqz+If(Get(i)+I32('\n')+Store8),
			Get(i)+I32(1)+Add+Set(i)),
		I32(cellVector), Get(at), Store32,
		I32(cellVector+4), Get(limit), Get(at), Sub, Store32,
		transfer(write, 1))
}

// CommandExit is a WASI command that prints text and ends with a code.
func CommandExit(code int32, text string) []byte {
	g := newGuest()
	write := g.Import(abi.ImportWASI, "fd_write", sigFd)
	exit := g.Import(abi.ImportWASI, "proc_exit", sigProcExit)
	g.start()
	return g.command("", g.vector(text), transfer(write, 1), I32(code), Call(exit))
}

// CommandSpin is a WASI command that never ends.
func CommandSpin() []byte {
	g := newGuest()
	g.start()
	return g.command("", Forever())
}

// command adds what a command exports and returns the module.
func (g *guest) command(locals string, body ...Code) []byte {
	g.globals[g.heap].init = I32(int32(g.nextText))
	g.Memory(g.pages + g.nextText/page)
	g.Export(abi.ExportMemory, KindMemory, 0)
	g.export(abi.ExportStart, locals, body...)
	return g.Bytes()
}
