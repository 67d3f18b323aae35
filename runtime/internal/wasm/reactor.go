package wasm

import (
	"github.com/tetratelabs/wazero/api"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
)

// reactor drives a module that exports the ABI.
type reactor struct {
	guest  api.Module
	handle *entry
	renew  *entry    // postern_restored; nil until it is needed
	stack  [4]uint64 // parameters and result of the call under way
}

func (d *reactor) initialise(i *Instance) error {
	initialize := newEntry(d.guest, abi.ExportInitialize)
	if initialize == nil {
		return nil
	}
	return initialize.call(i, nil)
}

func (d *reactor) restored(i *Instance) error {
	if !i.module.hasRestored {
		return nil
	}
	if d.renew == nil {
		d.renew = newEntry(d.guest, abi.ExportRestored)
	}
	return d.renew.call(i, nil)
}

func (d *reactor) rest() {
	d.handle.close()
	d.renew.close()
}

func (d *reactor) call(i *Instance) ([]byte, error) {
	event, err := i.place(d.stack[:], i.run.Event)
	if err != nil {
		return nil, err
	}
	context, err := i.place(d.stack[:], i.run.Context)
	if err != nil {
		return nil, err
	}
	d.stack = [4]uint64{uint64(event), uint64(len(i.run.Event)), uint64(context), uint64(len(i.run.Context))}
	if err := d.handle.call(i, d.stack[:]); err != nil {
		return nil, err
	}
	if i.failed {
		return nil, nil // what it returned means nothing
	}
	return d.reply(i, d.stack[0])
}

// reply returns the bytes that the function's result names.
func (d *reactor) reply(i *Instance, packed uint64) ([]byte, error) {
	if packed == 0 {
		return nil, fault.New(fault.Crashed, "the function left without a reply")
	}
	ptr, size := abi.Unpack(packed)
	if size > abi.MaxReply {
		return nil, fault.New(fault.TooLarge, "the reply has %d bytes, the limit is %d", size, abi.MaxReply)
	}
	reply, ok := i.slice(ptr, size)
	if !ok {
		return nil, fault.New(fault.Crashed, "the reply, %d bytes at %#x, lies outside of memory", size, ptr)
	}
	return reply, nil
}
