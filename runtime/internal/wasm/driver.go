package wasm

import (
	"github.com/tetratelabs/wazero/api"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/runtime/internal/trail"
)

// Kind is a way to drive a module.
type Kind string

// The ways to drive a module.
const (
	Function Kind = "function" // exports of the ABI, called again and again
	Command  Kind = "command"  // a WASI program: event on stdin, reply on stdout
)

// driver drives one instance. Its methods are called between begin and end of a
// run; an error is what the wasm engine returned, or a fault.
type driver interface {
	// initialise is called once for an instance that was not cloned.
	initialise(i *Instance) error
	// restored is called when memory was put back, before the next call.
	restored(i *Instance) error
	// call hands the function its event and returns the reply.
	call(i *Instance) ([]byte, error)
	// rest gives up what the next call takes anew.
	rest()
	// trace adds what a call touches.
	trace(t *trail.Trail)
}

// bind returns a driver for the instance's module.
func (k Kind) bind(guest api.Module) driver {
	if k == Command {
		return &command{start: newEntry(guest, abi.ExportStart)}
	}
	return &reactor{guest: guest, handle: newEntry(guest, abi.ExportHandle)}
}
