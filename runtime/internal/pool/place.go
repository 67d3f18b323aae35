package pool

import (
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/postern-dev/postern/runtime/internal/trail"
)

// Place is an instance and what its pool knows of it. It is made with the
// instance and ends with it. All of it belongs to the user of the instance, or
// to the pool while it waits.
type Place[T Instance] struct {
	Instance T

	pool  *Pool[T]
	bytes int64        // what the budget holds for it
	full  int64        // what it may hold while it is in use
	idle  int64        // what it holds while it waits
	since atomic.Int64 // when it came back, by the budget's clock; may be read by anybody
	uses  int32        // how many are left; negative is without end
	busy  bool         // it is in use
	rests bool         // it has nothing to give back
}

// maxLoose is by how much an instance in a slot may count for more than it
// holds. To count it exactly costs two writes a call to what all cores share. The
// small memories of most languages are below it, those of Go included; what is
// above would be most of a budget for the sake of few instances.
const maxLoose = 4 << 20

// back notes what is known of an instance that comes back at now, and reports
// whether it may be used again.
func (l *Place[T]) back(now time.Duration) bool {
	l.busy, l.rests = false, false
	l.full, l.idle = l.Instance.Bytes(), l.Instance.IdleBytes()
	l.since.Store(int64(max(now, 1)))
	if l.uses > 0 {
		l.uses--
	}
	return l.uses != 0
}

// fair reports whether an instance may wait with what it counts for: all that it
// holds, little more, and nothing that its next use would not take.
func (l *Place[T]) fair() bool {
	return l.idle <= l.bytes && l.bytes <= l.idle+maxLoose && l.bytes <= l.full
}

// settle counts a waiting instance for what it holds and returns what that
// frees.
func (l *Place[T]) settle() (freed int64) {
	freed = l.bytes - l.idle
	if freed != 0 {
		l.pool.options.Budget.resize(-freed)
		l.bytes = l.idle
	}
	return freed
}

func (l *Place[T]) idleSince() time.Duration { return time.Duration(l.since.Load()) }

// Trace adds what Get and Put touch when they find the instance again.
func (l *Place[T]) Trace(t *trail.Trail, near *Near) {
	p := l.pool
	t.Add(unsafe.Pointer(p), unsafe.Offsetof(p.mu))
	all := p.slots.Load()
	trail.Of(t, all)
	if all != nil && len(*all) > 0 {
		trail.Of(t, &(*all)[near.in(len(*all))])
	}
	trail.Of(t, l)
}
