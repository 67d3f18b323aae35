package wasm

import (
	"github.com/postern-dev/postern/abi/fault"
)

// command drives a WASI program. Every call is a whole run of it: the event is
// its input, what it prints is the reply, and the context is in its
// environment.
type command struct {
	start  *entry
	stdin  []byte // what it has not read yet
	stdout []byte // what it printed so far
}

// keepStdout is how much room for output an idle instance keeps.
const keepStdout = 16 << 10

// initialise does nothing: the image is taken before the program starts.
func (d *command) initialise(*Instance) error { return nil }

func (d *command) restored(*Instance) error { return nil }

func (d *command) rest() {
	d.start.close()
	d.stdout = nil
}

func (d *command) call(i *Instance) ([]byte, error) {
	if cap(d.stdout) > keepStdout {
		d.stdout = nil
	}
	d.stdin, d.stdout = i.run.Event, d.stdout[:0]
	err := d.start.call(i, nil)
	d.stdin = nil
	if err != nil && i.exited && i.exitCode == 0 && i.ended == nil {
		err = nil
	}
	return d.stdout, err
}

// print takes what the program wrote to standard output.
func (d *command) print(i *Instance, data []byte) {
	if len(d.stdout)+len(data) > maxStdout {
		i.stop(fault.New(fault.TooLarge, "the command printed more than %d bytes", maxStdout))
	}
	d.stdout = append(d.stdout, data...)
}

// read gives the program its input.
func (d *command) read(to []byte) int {
	n := copy(to, d.stdin)
	d.stdin = d.stdin[n:]
	return n
}
