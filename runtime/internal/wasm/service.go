package wasm

import (
	"context"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
)

// callService is postern.call(op_ptr, op_len, in_ptr, in_len): one act of a
// service. What goes wrong reaches the function as data:
//
//	{"ok": answer}   or   {"error": {"code": "not_found", "message": "…"}}
func callService(i *Instance, stack []uint64) {
	op := i.mustSlice(uint32(stack[0]), uint32(stack[1]))
	in := i.mustSlice(uint32(stack[2]), uint32(stack[3]))
	i.charge(costService + costBytes(len(in)))
	answer, err := i.act(op, in)
	i.checkpoint()

	i.answer = appendAnswer(i.answer[:0], answer, err)
	if len(i.answer) > abi.MaxCallOut {
		err := fault.New(fault.TooLarge, "the answer has %d bytes, the limit is %d", len(i.answer), abi.MaxCallOut)
		i.answer = appendAnswer(i.answer[:0], nil, err)
	}
	i.charge(costBytes(len(i.answer)))
	stack[0] = abi.Pack(i.give(stack, i.answer), uint32(len(i.answer)))
	if cap(i.answer) > keepAnswer {
		i.answer = nil
	}
}

// keepAnswer is how much room for answers an idle instance keeps.
const keepAnswer = 4 << 10

// act does op and returns what the service answers.
func (i *Instance) act(op, in []byte) ([]byte, error) {
	switch {
	case i.guest == nil:
		i.stop(fault.New(fault.Crashed, "the function called a service from its start function"))
	case i.allocating:
		i.stop(fault.New(fault.Crashed, "the function called a service from %s", abi.ExportAlloc))
	case len(op) > abi.MaxOp:
		return nil, fault.New(fault.TooLarge, "the op has %d bytes, the limit is %d", len(op), abi.MaxOp)
	case len(in) > abi.MaxCallIn:
		return nil, fault.New(fault.TooLarge, "the input has %d bytes, the limit is %d", len(in), abi.MaxCallIn)
	case i.trial != nil && i.trial.strict:
		i.stop(fault.New(fault.Unavailable, "the function calls the service op %s", validText(op)))
	case i.trial != nil:
		return nil, fault.New(fault.Unavailable, "services rest while the function is prepared for its first call")
	}
	i.memory.InterruptUse()
	ctx, end := i.serviceContext()
	defer end()
	return i.module.services.Call(ctx, i.run.Caller, string(op), in)
}

// serviceContext returns a context that ends with the run.
func (i *Instance) serviceContext() (ctx context.Context, end context.CancelFunc) {
	cancel := context.CancelFunc(nil)
	if i.run.Deadline.IsZero() {
		ctx, cancel = context.WithCancel(context.Background())
	} else {
		ctx, cancel = context.WithDeadline(context.Background(), i.run.Deadline)
	}
	i.setCancel(cancel)
	if i.killed.Load() != nil { // a kill that came before setCancel
		cancel()
	}
	return ctx, func() {
		i.setCancel(nil)
		cancel()
	}
}

func (i *Instance) setCancel(cancel context.CancelFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.cancel = cancel
}

// give places an answer in room that the function makes for it.
func (i *Instance) give(stack []uint64, answer []byte) uint32 {
	if i.alloc == nil {
		i.alloc = newEntry(i.guest, abi.ExportAlloc)
	}
	if i.alloc == nil { // Check refuses such a module
		i.stop(fault.New(fault.Crashed, "the function does not export %s", abi.ExportAlloc))
	}
	ptr, err := i.place(stack, answer)
	if err != nil {
		i.stop(fault.Of(i.outcome(err)))
	}
	return ptr
}

// appendAnswer appends what the function gets to read.
func appendAnswer(dst, answer []byte, err error) []byte {
	if err != nil {
		f := fault.Of(err)
		dst = append(dst, `{"error":{"code":`...)
		dst = abi.AppendString(dst, f.Code)
		dst = append(dst, `,"message":`...)
		dst = abi.AppendString(dst, f.Message)
		return append(dst, `}}`...)
	}
	dst = append(dst, `{"ok":`...)
	if len(answer) == 0 {
		dst = append(dst, `null`...)
	}
	dst = append(dst, answer...)
	return append(dst, '}')
}
