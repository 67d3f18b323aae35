package abitest

import (
	"slices"
	"strings"
)

// NotWasm is a shell script.
func NotWasm() []byte { return []byte("#!/bin/sh\necho hello world\n") }

// Component starts like a component of the component model, which is not a
// core module.
func Component() []byte { return []byte("\x00asm\x0d\x00\x01\x00\x00\x00") }

// Truncated is Hello without its second half.
func Truncated() []byte {
	b := Hello()
	return b[:len(b)/2]
}

// Without is Hello without one of its exports.
func Without(name string) []byte {
	g := helloGuest()
	g.exports = slices.DeleteFunc(g.exports, func(e export) bool { return e.name == name })
	return g.Bytes()
}

// WrongSignature is Hello with one of its exports being something else: a
// function of type (i64) -> ().
func WrongSignature(name string) []byte {
	g := helloGuest()
	f := g.Func("i64 ->", "")
	for i := range g.exports {
		if g.exports[i].name == name {
			g.exports[i] = export{name, KindFunc, uint32(f)}
		}
	}
	return g.Bytes()
}

// UnknownImport is Hello that also imports a function of type () -> ().
func UnknownImport(module, name string) []byte { return Import(module, name, "->") }

// Import is Hello that also imports a function of the given signature, for
// instance "i32 i32 -> i64".
func Import(module, name, signature string) []byte {
	g := newGuest()
	g.Import(module, name, signature)
	g.start()
	return g.finish("", g.hello())
}

// HugeMemory is Hello with so many pages of memory at the start.
func HugeMemory(pages uint32) []byte {
	g := helloGuest()
	g.Memory(pages)
	return g.Bytes()
}

// Tangled is Hello with a function of so many branches.
func Tangled(branches int) []byte {
	g := helloGuest()
	g.Func("i32 ->", "", Code(strings.Repeat(string(Get(0)+If()), branches)))
	return g.Bytes()
}

// Invalid is Hello with a function whose body leaves a value of the wrong
// type, which only validation finds.
func Invalid() []byte {
	g := helloGuest()
	g.Func("-> i64", "", I32(0))
	return g.Bytes()
}

// helloGuest is Hello before it became bytes.
func helloGuest() *guest {
	g := newGuest()
	g.start()
	g.finish("", g.hello())
	return g
}
