package abitest

import (
	"encoding/binary"
	"time"

	"github.com/postern-dev/postern/abi"
)

// Signatures of what a function may import.
const (
	sigCall     = "i32 i32 i32 i32 -> i64"
	sigLog      = "i32 i32 i32 ->"
	sigFail     = "i32 i32 ->"
	sigFd       = "i32 i32 i32 i32 -> i32" // fd_write, fd_read, poll_oneoff
	sigTwo      = "i32 i32 -> i32"         // random_get, environ_get, environ_sizes_get
	sigClock    = "i32 i64 i32 -> i32"
	sigProcExit = "i32 ->"
)

// Hello answers every event with the integrated reply "hello world".
func Hello() []byte {
	g := newGuest()
	g.start()
	return g.finish("", g.hello())
}

// Reply answers every event with text, as it stands.
func Reply(text string) []byte {
	g := newGuest()
	g.start()
	return g.finish("", g.text(text), Call(g.pack))
}

// Echo answers with the event.
func Echo() []byte {
	g := newGuest()
	g.start()
	return g.finish("", Get(eventPtr), Get(eventLen), Call(g.pack))
}

// EchoContext answers with the context.
func EchoContext() []byte {
	g := newGuest()
	g.start()
	return g.finish("", Get(contextPtr), Get(contextLen), Call(g.pack))
}

// Counter counts its calls in memory; the body of its integrated reply is the
// number. In clean memory it always answers 1.
func Counter() []byte {
	g := newGuest()
	g.start()
	return g.finish("",
		I32(cellCount), I32(cellCount), Load32, I32(1), Add, Store32,
		g.integrated(I32(cellCount)+Load32+Extend+Call(g.number)))
}

// GlobalCounter is Counter with its number in a mutable global that is not
// exported.
func GlobalCounter() []byte {
	g := newGuest()
	g.start()
	count := g.Var(0)
	return g.finish("",
		GetGlobal(count), I32(1), Add, SetGlobal(count),
		g.integrated(GetGlobal(count)+Extend+Call(g.number)))
}

// Restored exports postern_restored. The body of its integrated reply is the
// number of times that it ran, in this instance, since memory was put back.
func Restored() []byte {
	g := newGuest()
	g.start()
	g.export(abi.ExportRestored, "", I32(cellCount), I32(cellCount), Load32, I32(1), Add, Store32)
	return g.finish("", g.integrated(I32(cellCount)+Load32+Extend+Call(g.number)))
}

// Initialized exports _initialize. The body of its integrated reply is
// "ready" when that ran before the call, "raw" when it did not.
func Initialized() []byte {
	g := newGuest()
	g.start()
	g.export(abi.ExportInitialize, "", I32(cellFlag), I32(1), Store32)
	return g.finish("", g.integrated(
		I32(cellFlag), Load32, IfElse(g.putText("ready"), g.putText("raw"))))
}

// Sleep sleeps for d, then answers "hello world".
func Sleep(d time.Duration) []byte {
	g := newGuest()
	poll := g.Import(abi.ImportWASI, "poll_oneoff", sigFd)
	g.start()
	return g.finish("", sleep(poll, I64(int64(d))), g.hello())
}

// SleepByAttempt sleeps for d[n-1] in attempt n, for the last of them when
// there are more attempts, then answers "attempt n".
func SleepByAttempt(d ...time.Duration) []byte {
	g := newGuest()
	poll := g.Import(abi.ImportWASI, "poll_oneoff", sigFd)
	g.start()
	const at, attempt = firstLocal, firstLocal + 1
	table := g.nextText
	var naps []byte
	for _, nap := range d {
		naps = binary.LittleEndian.AppendUint64(naps, uint64(nap))
	}
	g.Data(table, string(naps))
	g.nextText += uint32(len(naps)+15) &^ 15

	// The key is found by its first eight and its last two bytes; the number
	// after it has one digit.
	const key, colon = `"attempt`, `":`
	return g.finish("i32 i32",
		Get(contextPtr), Set(at),
		While(Get(at)+Load64+I64(int64(uint64Of(key)))+Eq64+Eqz+
			offset(at, 8)+Load16+I32(int32(uint64Of(colon)))+Ne+Or, Get(at)+I32(1)+Add+Set(at)),
		offset(at, 10), Load8, I32('0'), Sub, Set(attempt),
		sleep(poll, nap(table, attempt, len(d))),
		g.integrated(g.putText("attempt "), Get(attempt)+Extend+Call(g.number)))
}

// nap pushes how long to sleep: entry attempt of the table, the last for
// attempts beyond it.
func nap(table uint32, attempt Local, count int) Code {
	return I32(int32(table)) +
		Get(attempt) + I32(1) + Sub +
		I32(int32(count-1)) +
		Get(attempt) + I32(int32(count)) + LtU +
		Select + I32(8) + Mul + Add + Load64
}

// sleep waits for as many nanoseconds as the code pushes, on the monotonic
// clock. The subscription is: user data at 0, kind at 8 (0 is a clock), clock
// at 16, nanoseconds at 24, precision at 32, flags at 40 (0 is relative).
func sleep(poll Func, nanoseconds Code) Code {
	return I32(cellPoll) + I32(0) + I32(48) + MemoryFill +
		I32(cellPoll+16) + I32(1) + Store32 +
		I32(cellPoll+24) + nanoseconds + Store64 +
		I32(cellPoll) + I32(cellPoll+48) + I32(1) + I32(cellSize) + Call(poll) +
		If(Unreachable)
}

func offset(l Local, n int32) Code { return Get(l) + I32(n) + Add }

// uint64Of reads up to eight bytes as memory does: low ones first.
func uint64Of(s string) uint64 {
	var n uint64
	for i := range s {
		n |= uint64(s[i]) << (8 * i)
	}
	return n
}
