package sched

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/runtime/internal/door"
)

// Options are the limits of a Scheduler.
type Options struct {
	// IdleWorker is how long a goroutine without work is kept for the next
	// run. It ends between once and twice this time after its last run.
	IdleWorker time.Duration
}

// Scheduler owns the goroutines of all lanes and the one timer that watches
// over every waiting call. It is safe for concurrent use.
type Scheduler struct {
	clock *clock
	crew  crew
	pool  sync.Pool // of *call[R]; a field, so that nothing is shared between two schedulers
	start time.Time

	watches watches
	nears   atomic.Uint32 // numbers calls

	calls   *door.Door    // calls that are not done are inside
	drained chan struct{} // closed when the last of them is done after Close
}

// New returns a Scheduler without any goroutine. It must be closed.
func New(o Options) *Scheduler {
	s := &Scheduler{start: time.Now(), drained: make(chan struct{})}
	s.calls = door.New(func() { close(s.drained) })
	s.clock = newClock(s.start)
	s.crew.init(s.clock, o.IdleWorker)
	return s
}

// Close refuses new calls with ErrClosed and waits until those that are known
// are done, late runs included: who wants that to be soon ends the runs. Then
// it waits for all goroutines.
func (s *Scheduler) Close() {
	s.calls.Shut()
	<-s.drained
	s.watches.close()
	s.clock.close()
	s.crew.close()
}

// since is t as the lanes and the clock reckon: never set back, and small.
func (s *Scheduler) since(t time.Time) time.Duration { return t.Sub(s.start) }
