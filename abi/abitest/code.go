package abitest

import (
	"encoding/binary"
	"strings"
)

// Code is a run of instructions in the binary format. Instructions are
// written in the order of the stack machine and joined by plus:
// Get(0) + I32(1) + Add.
type Code string

// Instructions without immediates.
const (
	Unreachable Code = "\x00"
	Return      Code = "\x0f"
	Drop        Code = "\x1a"

	Eqz    Code = "\x45" // on i32
	Eq     Code = "\x46"
	Ne     Code = "\x47"
	LtU    Code = "\x49"
	GtU    Code = "\x4b"
	GeU    Code = "\x4f"
	Add    Code = "\x6a"
	Sub    Code = "\x6b"
	Mul    Code = "\x6c"
	And    Code = "\x71"
	Or     Code = "\x72"
	Select Code = "\x1b" // the first of two when the third is not 0
	Shl    Code = "\x74"
	Shr    Code = "\x76" // unsigned

	Eqz64 Code = "\x50"
	Eq64  Code = "\x51"
	Div64 Code = "\x80" // unsigned
	Rem64 Code = "\x82" // unsigned
	Or64  Code = "\x84"
	Shl64 Code = "\x86"

	Wrap   Code = "\xa7" // i64 to i32
	Extend Code = "\xad" // i32 to i64, unsigned

	MemorySize Code = "\x3f\x00"
	MemoryGrow Code = "\x40\x00"
	MemoryCopy Code = "\xfc\x0a\x00\x00" // to, from, length
	MemoryFill Code = "\xfc\x0b\x00"     // at, byte, length

	Load8   Code = "\x2d\x00\x00" // address; one byte as i32
	Load16  Code = "\x2f\x00\x00"
	Load32  Code = "\x28\x00\x00"
	Load64  Code = "\x29\x00\x00"
	Store8  Code = "\x3a\x00\x00" // address, value
	Store32 Code = "\x36\x00\x00" // an i32
	Store64 Code = "\x37\x00\x00" // an i64

	end   Code = "\x0b"
	empty Code = "\x40" // type of a block without a result
)

// I32 pushes a constant.
func I32(n int32) Code { return "\x41" + signed(int64(n)) }

// I64 pushes a constant.
func I64(n int64) Code { return "\x42" + signed(n) }

// Get pushes a local.
func Get(l Local) Code { return "\x20" + unsigned(uint32(l)) }

// Set pops into a local.
func Set(l Local) Code { return "\x21" + unsigned(uint32(l)) }

// Tee copies the top of the stack into a local.
func Tee(l Local) Code { return "\x22" + unsigned(uint32(l)) }

// GetGlobal pushes a global.
func GetGlobal(g Global) Code { return "\x23" + unsigned(uint32(g)) }

// SetGlobal pops into a global.
func SetGlobal(g Global) Code { return "\x24" + unsigned(uint32(g)) }

// Call calls a function with what is on the stack.
func Call(f Func) Code { return "\x10" + unsigned(uint32(f)) }

// Forever repeats body; only Return leaves it.
func Forever(body ...Code) Code {
	return "\x03" + empty + seq(body) + "\x0c\x00" + end + Unreachable
}

// While repeats body for as long as condition leaves something other than 0.
func While(condition Code, body ...Code) Code {
	return "\x02" + empty + "\x03" + empty +
		condition + Eqz + "\x0d\x01" +
		seq(body) + "\x0c\x00" + end + end
}

// If runs body when the top of the stack is not 0.
func If(body ...Code) Code { return "\x04" + empty + seq(body) + end }

// IfElse runs one or the other.
func IfElse(then, otherwise Code) Code { return "\x04" + empty + then + "\x05" + otherwise + end }

func seq(parts []Code) Code {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(string(p))
	}
	return Code(b.String())
}

func unsigned(n uint32) Code { return Code(binary.AppendUvarint(nil, uint64(n))) }

// signed is LEB128 with a sign: seven bits at a time, low ones first, until
// the rest is all sign.
func signed(n int64) Code {
	var b []byte
	for {
		c := byte(n & 0x7f)
		n >>= 7
		if n == 0 && c&0x40 == 0 || n == -1 && c&0x40 != 0 {
			return Code(append(b, c))
		}
		b = append(b, c|0x80)
	}
}
