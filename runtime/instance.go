package runtime

import (
	"context"

	"github.com/postern-dev/postern/runtime/internal/wasm"
)

// instance is a wasm instance as a pool wants it.
type instance struct {
	*wasm.Instance
	seat *seat
}

// Close frees the instance. A failure would leave nothing to be done: the
// memory is given back in any case.
func (i instance) Close() {
	i.seat.leave()
	_ = i.Instance.Close()
}

// Bytes is what the instance counts for in the budget of all linear memory: all
// of its memory, for every page of it may be written.
func (i instance) Bytes() int64 { return int64(i.Instance.Bytes()) }

// IdleBytes is what it counts for while it waits: what it does not share with
// its image.
func (i instance) IdleBytes() int64 { return int64(i.Instance.IdleBytes()) }

// instantiate makes an instance because none is idle.
func (f *Function) instantiate(ctx context.Context, module *wasm.Module) (instance, error) {
	f.stats.ColdStart()
	inst, err := module.Instantiate(ctx)
	if err != nil {
		return instance{}, ofSystem(err, "instance")
	}
	return instance{inst, f.engine.running.seat()}, nil
}
