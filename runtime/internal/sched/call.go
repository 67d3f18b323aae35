package sched

import (
	"runtime/debug"
	"time"
)

// call is one Do and the runs that it causes. It is used again after the last
// of them is over. All fields but job, policy and lane are guarded by the
// lane's mu; value, won, ran and err are the waiting Do's once done has room
// no more.
type call[R any] struct {
	lane   *Lane[R]
	job    Job[R]
	policy Policy

	attempt int           // the one whose patience runs
	until   time.Duration // when that patience ends
	open    bool          // Do waits and nothing is decided
	refs    int           // Do or its answer, and each run
	links   [places]link[R]

	value R
	won   Attempt
	ran   time.Duration
	err   error
	done  chan struct{} // has room for the one token that ends the wait
}

// run makes one attempt on w.
func (c *call[R]) run(w *worker, a Attempt) task {
	r, err := c.try(a)
	l := c.lane
	answers := l.finish(c, a, r, err)
	if answers && err == nil { // the slot stays with the answer
		w.crew.park(w)
		c.done <- struct{}{}
		return task{}
	}
	if !answers {
		c.job.Late(a, r, err)
	}
	next, over := l.free(c)
	if over {
		c.recycle()
	}
	if next.call == nil {
		w.crew.park(w)
	}
	if answers {
		c.done <- struct{}{}
	}
	return next
}

// try turns a panic of the job into an error.
func (c *call[R]) try(a Attempt) (r R, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return c.job.Run(a)
}

// taskLocked is the run of c's attempt that starts at t.
func (c *call[R]) taskLocked(t time.Time) task {
	return task{c, Attempt{
		Number:   c.attempt,
		Queued:   c.lane.s.since(t) - (c.until - c.policy.Patience),
		Started:  t,
		Deadline: t.Add(c.policy.RunLimit),
	}}
}

// recycle ends a call that nothing refers to any more.
func (c *call[R]) recycle() {
	job, s := c.job, c.lane.s
	*c = call[R]{done: c.done}
	s.pool.Put(c)
	job.Done()
	s.leave()
}
