package rewrite

import (
	"fmt"
	"slices"
	"strings"
)

// ValType is the type of a value, as the binary format encodes it.
type ValType byte

// The types of values that modules may use.
const (
	I32       ValType = 0x7f
	I64       ValType = 0x7e
	F32       ValType = 0x7d
	F64       ValType = 0x7c
	V128      ValType = 0x7b
	FuncRef   ValType = 0x70
	ExternRef ValType = 0x6f
)

// String gives the name of the text format, for example "i32".
func (t ValType) String() string {
	switch t {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	case V128:
		return "v128"
	case FuncRef:
		return "funcref"
	case ExternRef:
		return "externref"
	}
	return fmt.Sprintf("type(%#x)", byte(t))
}

func (t ValType) isRef() bool { return t == FuncRef || t == ExternRef }

// FuncType is the type of a function.
type FuncType struct{ Params, Results []ValType }

// String gives a readable form: "(i32, i32) -> (i64)".
func (f FuncType) String() string {
	return list(f.Params) + " -> " + list(f.Results)
}

func list(ts []ValType) string {
	s := make([]string, len(ts))
	for i, t := range ts {
		s[i] = t.String()
	}
	return "(" + strings.Join(s, ", ") + ")"
}

// Equal reports whether both have the same parameters and results.
func (f FuncType) Equal(g FuncType) bool {
	return slices.Equal(f.Params, g.Params) && slices.Equal(f.Results, g.Results)
}

// Kind says what an import or export is.
type Kind byte

// The kinds of imports and exports, as the binary format encodes them.
const (
	KindFunc Kind = iota
	KindTable
	KindMemory
	KindGlobal
)

// String gives the word of the text format, for example "func".
func (k Kind) String() string {
	switch k {
	case KindFunc:
		return "func"
	case KindTable:
		return "table"
	case KindMemory:
		return "memory"
	case KindGlobal:
		return "global"
	}
	return fmt.Sprintf("kind(%d)", byte(k))
}

// valType reads the type of a value and refuses those of newer proposals.
func (r *reader) valType() ValType {
	switch c := r.byte(); c {
	case 0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f:
		return ValType(c)
	case 0x63, 0x64:
		r.fail(typedRefs.refusal())
	case 0x69, 0x74:
		r.fail(exceptions.refusal())
	case 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x71, 0x72, 0x73, 0x78, 0x77:
		r.fail(gc.refusal())
	default:
		r.bad("uses the unknown value type %#x", c)
	}
	return 0
}

func (r *reader) refType() ValType {
	t := r.valType()
	if r.err == nil && !t.isRef() {
		r.bad("uses %s where a reference type is needed", t)
	}
	return t
}

func (r *reader) valTypes() []ValType {
	n := r.count(1)
	if n == 0 {
		return nil
	}
	ts := make([]ValType, n)
	for i := range ts {
		ts[i] = r.valType()
	}
	return ts
}
