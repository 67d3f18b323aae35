package sched

import (
	"sync"
	"sync/atomic"
	"time"
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

	calls   atomic.Int64 // calls that are not done, refused ones for a moment
	closed  atomic.Bool
	drained chan struct{} // closed once, when closed is set and calls is 0
	drain   sync.Once
}

// New returns a Scheduler without any goroutine. It must be closed.
func New(o Options) *Scheduler {
	s := &Scheduler{start: time.Now(), drained: make(chan struct{})}
	s.clock = newClock(s.start)
	s.crew.init(s.clock, o.IdleWorker)
	return s
}

// Close refuses new calls with ErrClosed and waits until those that are known
// are done, late runs included: who wants that to be soon ends the runs. Then
// it waits for all goroutines.
func (s *Scheduler) Close() {
	s.closed.Store(true)
	if s.calls.Load() == 0 {
		s.drain.Do(func() { close(s.drained) })
	}
	<-s.drained
	s.watches.close()
	s.clock.close()
	s.crew.close()
}

// enter counts a call, unless the scheduler is closed. It counts first and
// looks second, and Close does it the other way round, so that one of them
// sees the other.
func (s *Scheduler) enter() bool {
	s.calls.Add(1)
	if s.closed.Load() {
		s.leave()
		return false
	}
	return true
}

func (s *Scheduler) leave() {
	if s.calls.Add(-1) == 0 && s.closed.Load() {
		s.drain.Do(func() { close(s.drained) })
	}
}

// since is t as the lanes and the clock reckon: never set back, and small.
func (s *Scheduler) since(t time.Time) time.Duration { return t.Sub(s.start) }
