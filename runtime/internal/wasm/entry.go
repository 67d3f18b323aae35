package wasm

import (
	"reflect"

	"github.com/tetratelabs/wazero/api"

	"github.com/postern-dev/postern/abi/fault"
)

// Bounds of the stack that native code runs on. It grows by doubling, lies
// outside of linear memory and is kept for the next call.
const (
	maxStack  = 16 << 20 // bytes that a run may have
	keepStack = 256 << 10
)

// entry is an exported function of one instance: a way into wasm code.
type entry struct {
	guest    api.Module
	name     string
	function api.Function
	stack    reflect.Value // the engine's stack for it; not valid if it has none
}

// newEntry returns the exported function of that name, nil if there is none.
func newEntry(guest api.Module, name string) *entry {
	e := &entry{guest: guest, name: name}
	if !e.open() {
		return nil
	}
	return e
}

// open takes a new handle of the function, with a small stack.
func (e *entry) open() bool {
	if e.function = e.guest.ExportedFunction(e.name); e.function == nil {
		return false
	}
	// wazero neither tells how large its stack is nor takes a limit for it, but
	// for one of 50 MB that it has built in.
	if v := reflect.ValueOf(e.function); v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct {
		if e.stack = v.Elem().FieldByName("stack"); e.stack.Kind() != reflect.Slice {
			e.stack = reflect.Value{}
		}
	}
	return true
}

// call runs the function with parameters, and results, in stack.
func (e *entry) call(i *Instance, stack []uint64) error {
	if e.function == nil {
		e.open()
		i.moved++
	}
	outer := i.entered
	i.entered = e
	err := e.function.CallWithStack(&i.ctx, stack)
	i.entered = outer
	if e.stackBytes() > keepStack {
		e.open()
		i.moved++
	}
	return err
}

// close gives the handle and its stack up until the next call. A nil entry has
// neither.
func (e *entry) close() {
	if e != nil {
		e.function, e.stack = nil, reflect.Value{}
	}
}

// stackBytes returns the length of the stack, as far as it is known.
func (e *entry) stackBytes() int {
	if !e.stack.IsValid() {
		return 0
	}
	return e.stack.Len()
}

// checkStack ends a run whose recursion is out of hand.
func (i *Instance) checkStack() {
	if i.entered != nil && i.entered.stackBytes() > maxStack {
		i.stop(fault.New(fault.Crashed, "the function trapped: stack overflow, it has more than %d bytes of calls", maxStack))
	}
}
