package sched

import (
	"runtime/debug"
	"time"
)

// call is one Do and the runs that it causes. It is used again after the last
// of them is over. All fields but job, policy, lane, watch, near, seat and first
// are guarded by the lane's mu, or by the call's seat while it sits; value, won,
// took, err and rescued don't change once the call is decided, and whoever tells
// the client reads them.
type call[R any] struct {
	lane    *Lane[R]
	job     Job[R]
	policy  Policy
	watch   *watch   // of the ctx of Do, if the scheduler watches it
	near    uint32   // calls that are made by one processor mostly have the same
	seat    *seat[R] // that it sits in, or sat until it was dissolved; only Do's goroutine looks here
	sitting uint64   // the state of that seat while c sits

	began   time.Duration // when Do came
	attempt int           // the one whose patience runs
	until   time.Duration // when that patience ends
	open    bool          // nothing is decided
	inside  bool          // Do's goroutine is inside the first run
	rescued bool          // was decided while inside
	refs    int           // Do or its answer, and each run
	links   [places]link[R]

	first Attempt // the one that Do makes, if inside
	value R
	won   Attempt
	took  time.Duration
	err   error
	done  chan struct{} // has room for the one token that ends the wait
}

// run makes one attempt on w, or the rescue.
func (c *call[R]) run(w *worker, a Attempt) task {
	if a.Number == rescuing {
		return c.rescue(w)
	}
	r, err := c.try(&a)
	l := c.lane
	answers := l.finish(c, &a, r, err)
	if answers && err == nil { // the slot stays with the answer
		if c.rescued {
			return c.rescue(w)
		}
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
	if answers && c.rescued {
		if next.call != nil {
			w.crew.hand(next)
		}
		return c.rescue(w)
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
func (c *call[R]) try(a *Attempt) (r R, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return c.job.Run(*a)
}

// attemptAt is c's attempt that starts at t. Either the lane's mu is held, or c is
// about to sit and nobody else knows it.
func (c *call[R]) attemptAt(t time.Time) Attempt {
	return Attempt{
		Number:   c.attempt,
		Queued:   c.lane.s.since(t) - (c.until - c.policy.Patience),
		Started:  t,
		Deadline: t.Add(c.policy.RunLimit),
	}
}

// recycle ends a call that nothing refers to any more.
func (c *call[R]) recycle() {
	job, s, near := c.job, c.lane.s, c.near
	c.putBack()
	job.Done()
	s.calls.Leave(near)
}

// putBack lets somebody else have c.
func (c *call[R]) putBack() {
	s := c.lane.s
	*c = call[R]{done: c.done, near: c.near}
	s.pool.Put(c)
}
