package abitest

import (
	"encoding/binary"
	"strings"
)

// Func is the index of a function, imported ones first.
type Func uint32

// Global is the index of a global.
type Global uint32

// Local is the index of a parameter or local of a function.
type Local uint32

// Value is the type of a value.
type Value byte

// Types of values.
const (
	Int32 Value = 0x7f
	Int64 Value = 0x7e
)

// Kind says what an import or export is.
type Kind byte

// Kinds of imports and exports.
const (
	KindFunc   Kind = 0
	KindMemory Kind = 2
	KindGlobal Kind = 3
)

// Module is a core WebAssembly module under construction. The zero value is
// an empty module. Signatures are written as text, "i32 i32 -> i64".
type Module struct {
	types   []string
	imports []imported
	funcs   []function
	globals []global
	exports []export
	data    []segment

	memory   bool
	minPages uint32
	maxPages uint32 // 0: not said
}

type imported struct {
	module, name string
	typ          uint32
}

type function struct {
	typ    uint32
	locals string
	body   Code
}

type global struct {
	value   Value
	mutable bool
	init    Code
}

type export struct {
	name  string
	kind  Kind
	index uint32
}

type segment struct {
	at   uint32
	text string
}

// Import declares a function that the host gives. Imports come before the
// first function, because they share one index space with them.
func (m *Module) Import(module, name, signature string) Func {
	if len(m.funcs) > 0 {
		panic("abitest: an import after the first function")
	}
	m.imports = append(m.imports, imported{module, name, m.typeOf(signature)})
	return Func(len(m.imports) - 1)
}

// Func adds a function. locals are the types of its locals beyond the
// parameters, for instance "i32 i64".
func (m *Module) Func(signature, locals string, body ...Code) Func {
	f := m.Declare(signature)
	m.Define(f, locals, body...)
	return f
}

// Declare reserves the index of a function whose body comes later, so that
// functions can call each other in a circle.
func (m *Module) Declare(signature string) Func {
	m.funcs = append(m.funcs, function{typ: m.typeOf(signature)})
	return Func(len(m.imports) + len(m.funcs) - 1)
}

// Define gives a declared function its body.
func (m *Module) Define(f Func, locals string, body ...Code) {
	fn := &m.funcs[int(f)-len(m.imports)]
	fn.locals, fn.body = locals, seq(body)
}

// Var adds a mutable i32 global that starts at n.
func (m *Module) Var(n int32) Global {
	m.globals = append(m.globals, global{Int32, true, I32(n)})
	return Global(len(m.globals) - 1)
}

// Memory gives the module one memory of at least pages times 64 KiB.
func (m *Module) Memory(pages uint32) { m.memory, m.minPages = true, pages }

// MaxMemory says how many pages its memory may have at most.
func (m *Module) MaxMemory(pages uint32) { m.maxPages = pages }

// Data puts text into memory at address at when the module is instantiated.
func (m *Module) Data(at uint32, text string) { m.data = append(m.data, segment{at, text}) }

// Export gives something of the module a name.
func (m *Module) Export(name string, kind Kind, index uint32) {
	m.exports = append(m.exports, export{name, kind, index})
}

// ExportFunc gives a function a name.
func (m *Module) ExportFunc(name string, f Func) { m.Export(name, KindFunc, uint32(f)) }

// typeOf returns the index of a signature, which it adds when it is new.
func (m *Module) typeOf(signature string) uint32 {
	for i, t := range m.types {
		if t == signature {
			return uint32(i)
		}
	}
	m.types = append(m.types, signature)
	return uint32(len(m.types) - 1)
}

// Bytes returns the module in the binary format. Sections without content are
// left out.
func (m *Module) Bytes() []byte {
	out := []byte("\x00asm\x01\x00\x00\x00")
	out = appendSection(out, 1, len(m.types), m.appendTypes)
	out = appendSection(out, 2, len(m.imports), m.appendImports)
	out = appendSection(out, 3, len(m.funcs), m.appendFuncs)
	if m.memory {
		out = appendSection(out, 5, 1, func(b []byte) []byte {
			if m.maxPages > 0 {
				return binary.AppendUvarint(binary.AppendUvarint(append(b, 1), uint64(m.minPages)), uint64(m.maxPages))
			}
			return binary.AppendUvarint(append(b, 0), uint64(m.minPages))
		})
	}
	out = appendSection(out, 6, len(m.globals), m.appendGlobals)
	out = appendSection(out, 7, len(m.exports), m.appendExports)
	out = appendSection(out, 10, len(m.funcs), m.appendBodies)
	return appendSection(out, 11, len(m.data), m.appendData)
}

// appendSection appends a section with its id, its size and its count.
func appendSection(out []byte, id byte, count int, content func([]byte) []byte) []byte {
	if count == 0 {
		return out
	}
	b := content(binary.AppendUvarint(nil, uint64(count)))
	out = binary.AppendUvarint(append(out, id), uint64(len(b)))
	return append(out, b...)
}

func (m *Module) appendTypes(b []byte) []byte {
	for _, t := range m.types {
		params, results, _ := strings.Cut(t, "->")
		b = append(b, 0x60)
		for _, list := range []string{params, results} {
			values := parseValues(list)
			b = binary.AppendUvarint(b, uint64(len(values)))
			for _, v := range values {
				b = append(b, byte(v))
			}
		}
	}
	return b
}

func (m *Module) appendImports(b []byte) []byte {
	for _, i := range m.imports {
		b = appendName(appendName(b, i.module), i.name)
		b = binary.AppendUvarint(append(b, byte(KindFunc)), uint64(i.typ))
	}
	return b
}

func (m *Module) appendFuncs(b []byte) []byte {
	for _, f := range m.funcs {
		b = binary.AppendUvarint(b, uint64(f.typ))
	}
	return b
}

func (m *Module) appendGlobals(b []byte) []byte {
	for _, g := range m.globals {
		mutable := byte(0)
		if g.mutable {
			mutable = 1
		}
		b = append(b, byte(g.value), mutable)
		b = append(b, g.init+end...)
	}
	return b
}

func (m *Module) appendExports(b []byte) []byte {
	for _, e := range m.exports {
		b = append(appendName(b, e.name), byte(e.kind))
		b = binary.AppendUvarint(b, uint64(e.index))
	}
	return b
}

func (m *Module) appendBodies(b []byte) []byte {
	for _, f := range m.funcs {
		locals := parseValues(f.locals)
		body := binary.AppendUvarint(nil, uint64(len(locals)))
		for _, v := range locals {
			body = append(body, 1, byte(v))
		}
		body = append(body, f.body+end...)
		b = binary.AppendUvarint(b, uint64(len(body)))
		b = append(b, body...)
	}
	return b
}

func (m *Module) appendData(b []byte) []byte {
	for _, s := range m.data {
		b = append(b, 0)
		b = append(b, I32(int32(s.at))+end...)
		b = appendName(b, s.text)
	}
	return b
}

func appendName(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func parseValues(list string) []Value {
	var values []Value
	for name := range strings.FieldsSeq(list) {
		switch name {
		case "i32":
			values = append(values, Int32)
		case "i64":
			values = append(values, Int64)
		default:
			panic("abitest: no type " + name)
		}
	}
	return values
}
