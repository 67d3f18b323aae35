package sched

import (
	"context"
	"sync"
	"time"
)

// LaneOptions are the bounds of a Lane.
type LaneOptions struct {
	Slots   int // runs and unreleased answers at a time, at least 1
	Backlog int // calls that may wait for a slot; 0 refuses at once
}

// Lane is the queue of one function. A slot belongs to a run, not to a client:
// a run that nobody waits for any more still holds its slot until it ends. It
// is safe for concurrent use, needs no closing, and costs little while idle.
type Lane[R any] struct {
	s *Scheduler

	mu      sync.Mutex
	options LaneOptions
	running int           // slots in use
	queued  int           // calls in queue
	queue   chain[R]      // invariant: empty unless all slots are in use
	waits   chain[R]      // all open calls, the one whose patience ends first in front
	usual   time.Duration // how long runs take lately
	rings   time.Duration // no later than the end of the first patience in waits; 0 is never
	alarm   alarm         // guarded by the clock
}

// NewLane returns an idle lane.
func NewLane[R any](s *Scheduler, o LaneOptions) *Lane[R] {
	l := &Lane[R]{s: s, options: o}
	l.alarm.who = l
	return l
}

// Do makes job's attempts as p allows and waits for the answer, which must be
// released. It returns [ErrBusy] at once when the queue is full, [ErrTimeout]
// when the last attempt's patience ends, ctx's error when ctx ends before, and
// [ErrClosed] when the scheduler takes no calls. An error that the winning run
// returned is an answer too: it is returned as it is, with the Attempt set.
//
// A job that is a [Rescuer] runs its first attempt right here when a slot is
// free at once and ctx never ends or is known to [Scheduler.Watch]. That is by
// far the cheapest. If the client was told by Rescue meanwhile, Do returns
// [ErrRescued]; but not before its run has ended.
func (l *Lane[R]) Do(ctx context.Context, p Policy, job Job[R]) (Answer[R], error) {
	if err := ctx.Err(); err != nil {
		job.Done()
		return Answer[R]{}, err
	}
	if !l.s.enter() {
		job.Done()
		return Answer[R]{}, ErrClosed
	}
	ended := ctx.Done()
	c := l.call(p, job)
	inside, err := l.begin(c, c.mayRunHere(ended), time.Now())
	if err != nil {
		c.recycle()
		return Answer[R]{}, err
	}
	if !inside || !c.runHere() {
		c.wait(ctx, ended)
	}
	switch err := c.err; {
	case c.rescued:
		l.leave(c)
		return Answer[R]{}, ErrRescued
	case err != nil:
		a := Answer[R]{Attempt: c.won, Took: c.took}
		l.leave(c)
		return a, err
	}
	return Answer[R]{Value: c.value, Attempt: c.won, Took: c.took, call: c}, nil
}

// Stats returns how many slots are in use, unreleased answers included, and
// how many calls wait for one.
func (l *Lane[R]) Stats() (running, queued int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.running, l.queued
}

// Configure gives the lane new bounds, as a new version of a function may have
// them. More slots start waiting calls at once; fewer end no run and withdraw
// no place.
func (l *Lane[R]) Configure(o LaneOptions) {
	for run := l.widen(o); run.call != nil; run = l.widen(o) {
		l.s.crew.hand(run)
	}
}

// widen sets the bounds and uses one slot that they leave free.
func (l *Lane[R]) widen(o LaneOptions) task {
	t := time.Now()
	l.lockAt(t)
	defer l.mu.Unlock()
	l.options = o
	if l.queue.first == nil || l.running >= o.Slots {
		return task{}
	}
	l.running++
	return l.nextLocked(t)
}

// call returns a new or recycled call.
func (l *Lane[R]) call(p Policy, job Job[R]) *call[R] {
	c, ok := l.s.pool.Get().(*call[R])
	if !ok {
		c = &call[R]{done: make(chan struct{}, 1)}
	}
	c.lane, c.job, c.policy = l, job, p
	return c
}

// begin starts the first attempt of c, queues it, or refuses it. If here is set
// and there is a slot then c is inside, and its run is to be made by the caller.
func (l *Lane[R]) begin(c *call[R], here bool, t time.Time) (inside bool, err error) {
	l.lockAt(t)
	if l.running >= l.options.Slots && l.queued >= l.options.Backlog {
		err = &BusyError{RetryAfter: l.retryAfterLocked()}
		l.mu.Unlock()
		return false, err
	}
	l.admitLocked(c, t)
	var run task
	if inside = here && l.running < l.options.Slots; inside {
		l.running++
		c.refs++
		c.inside = true
		c.first = c.attemptLocked(t)
	} else {
		run = l.startLocked(c, t)
	}
	rings, rushes := l.alarmLocked()
	l.mu.Unlock()
	if rings != 0 {
		l.s.clock.set(&l.alarm, rings, rushes)
	}
	if here && c.watch != nil && c.watch.over.Load() {
		l.dismiss() // the scheduler may have looked before c was there
	}
	if run.call != nil {
		l.s.crew.hand(run)
	}
	return inside, nil
}

// admitLocked lets the patience of c begin.
func (l *Lane[R]) admitLocked(c *call[R], t time.Time) {
	c.open, c.refs, c.attempt = true, 1, 1
	c.began = l.s.since(t)
	c.until = c.began + c.policy.Patience
	l.waitLocked(c)
}

// startLocked gives c a slot, a place in the queue, or nothing at all: then the
// attempt does not happen.
func (l *Lane[R]) startLocked(c *call[R], t time.Time) task {
	switch {
	case l.running < l.options.Slots:
		l.running++
		c.refs++
		return task{c, c.attemptLocked(t)}
	case l.queued < l.options.Backlog:
		l.queued++
		l.queue.insert(inQueue, c, l.queue.last)
	}
	return task{}
}

// retryAfterLocked guesses when a call that is refused now would find a slot.
func (l *Lane[R]) retryAfterLocked() time.Duration {
	rounds := time.Duration(l.queued/max(l.options.Slots, 1) + 1)
	return min(max(rounds*l.usual, time.Second), time.Minute)
}
