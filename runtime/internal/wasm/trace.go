package wasm

import (
	"reflect"
	"unsafe"

	"github.com/tetratelabs/wazero/api"

	"github.com/postern-dev/postern/runtime/internal/trail"
)

// Trace adds what a call and the reset after it touch. The caller has the
// instance to itself.
func (i *Instance) Trace(t *trail.Trail) {
	trail.Of(t, i)
	trail.Of(t, i.module)
	i.driver.trace(t)
	i.alloc.trace(t)
	traceGuest(t, i.guest)
	i.memory.Trace(t)
	trail.Each(t, i.globals)
	trail.Each(t, i.module.values)
}

// Moved counts how often something that Trace adds was replaced. It goes for the
// same instance only.
func (i *Instance) Moved() int { return i.moved }

func (d *reactor) trace(t *trail.Trail) {
	trail.Of(t, d)
	d.handle.trace(t)
	d.renew.trace(t)
}

func (d *command) trace(t *trail.Trail) {
	trail.Of(t, d)
	d.start.trace(t)
}

// shallow is how much of the engine's stack a small call uses.
const shallow = 320

// trace adds the entry, and the engine's state of its calls: without the
// registers in the middle, which are saved when wasm code calls out.
func (e *entry) trace(t *trail.Trail) {
	if e == nil || e.function == nil {
		return
	}
	trail.Of(t, e)
	call := partOf(e.function)
	call.traceBetween(t, part{}, call.field("execCtx").field("savedRegisters"))
	call.traceBetween(t, call.field("execCtx"), part{})
	if n := e.stackBytes(); n > 0 {
		used := min(n, shallow)
		t.Add(unsafe.Add(e.stack.UnsafePointer(), n-used), uintptr(used))
	}
}

// traceGuest adds what every call into the module touches, and its globals.
func traceGuest(t *trail.Trail, guest api.Module) {
	module := partOf(guest)
	module.field("Closed").trace(t)
	module.field("Source").trace(t)
	module.field("Source").target().field("ImportGlobalCount").trace(t)
	engine := module.field("Engine").target()
	engine.trace(t)
	engine.field("opaque").traceElements(t)
	if globals := module.field("Globals"); globals.Kind() == reflect.Slice {
		for n := range globals.Len() {
			part{globals.Index(n)}.target().trace(t)
		}
	}
}

// part is something of the engine, which does not show it: it is found by the
// names of fields. What has another name in another version is no part, and
// calls of functions that were not called for long are the slower for it.
type part struct{ reflect.Value }

// partOf returns what v points to.
func partOf(v any) part { return part{reflect.ValueOf(v)}.target() }

func (p part) field(name string) part {
	if p.Kind() != reflect.Struct {
		return part{}
	}
	return part{p.FieldByName(name)}
}

// target returns what p leads to.
func (p part) target() part {
	for p.Kind() == reflect.Pointer || p.Kind() == reflect.Interface {
		p = part{p.Elem()}
	}
	return p
}

func (p part) trace(t *trail.Trail) {
	if p.CanAddr() {
		t.Add(p.Addr().UnsafePointer(), p.Type().Size())
	}
}

// traceElements adds the bytes of a slice.
func (p part) traceElements(t *trail.Trail) {
	if p.Kind() == reflect.Slice {
		t.Add(p.UnsafePointer(), uintptr(p.Len())*p.Type().Elem().Size())
	}
}

// traceBetween adds what is behind one part of p, or its beginning, and before
// another one, or its end.
func (p part) traceBetween(t *trail.Trail, from, to part) {
	if !p.CanAddr() {
		return
	}
	begin := p.UnsafeAddr()
	end := begin + p.Type().Size()
	if from.CanAddr() {
		begin = from.UnsafeAddr() + from.Type().Size()
	}
	if to.CanAddr() {
		end = to.UnsafeAddr()
	}
	t.Add(unsafe.Add(p.Addr().UnsafePointer(), begin-p.UnsafeAddr()), end-begin)
}
