package sched

import (
	"context"
	"sync"
	"sync/atomic"
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
	s       *Scheduler
	options LaneOptions
	seats   atomic.Pointer[[]seat[R]] // nil until the first call that could sit
	queued  atomic.Int32              // calls in queue; changed with mu held
	rings   atomic.Int64              // no later than the end of any open call's patience; 0 is never; changed with mu held

	mu      sync.Mutex
	running int           // slots in use, those in seats included
	queue   chain[R]      // invariant: empty unless all slots are in use
	waits   chain[R]      // the open calls that are in no seat, the one whose patience ends first in front
	usual   time.Duration // how long runs outside of seats take lately
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
	c := l.call(p, job)
	if !l.s.calls.Enter(c.near) {
		c.putBack()
		job.Done()
		return Answer[R]{}, ErrClosed
	}
	ended := ctx.Done()
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
	return Answer[R]{Value: c.value, Attempt: c.won, Took: c.took, call: c, sits: c.seat != nil}, nil
}

// Stats returns how many slots are in use, unreleased answers included, and
// how many calls wait for one.
func (l *Lane[R]) Stats() (running, queued int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.running - l.idleLocked(), int(l.queued.Load())
}

// call returns a new or recycled call.
func (l *Lane[R]) call(p Policy, job Job[R]) *call[R] {
	c, ok := l.s.pool.Get().(*call[R])
	if !ok {
		c = &call[R]{done: make(chan struct{}, 1), near: l.s.nears.Add(1)}
	}
	c.lane, c.job, c.policy = l, job, p
	return c
}

// begin starts the first attempt of c, queues it, or refuses it. If here is set
// and there is a slot then c is inside, and its run is to be made by the caller.
func (l *Lane[R]) begin(c *call[R], here bool, t time.Time) (inside bool, err error) {
	var run task
	if inside = here && l.sit(c, t); !inside {
		if inside, run, err = l.admit(c, here, t); err != nil {
			return false, err
		}
	}
	if here && c.watch != nil && c.watch.over.Load() {
		l.dismiss() // the scheduler may have looked before c was there
	}
	if run.call != nil {
		l.s.crew.hand(run)
	}
	return inside, nil
}

// admit is begin under the mutex. The run that it returns is another's if c
// queues behind it.
func (l *Lane[R]) admit(c *call[R], here bool, t time.Time) (inside bool, run task, err error) {
	l.lockAt(t)
	slot := l.slotLocked()
	if !slot && int(l.queued.Load()) >= l.options.Backlog {
		err = &BusyError{RetryAfter: l.retryAfterLocked()}
		l.mu.Unlock()
		return false, task{}, err
	}
	c.arrive(t)
	inside = here && slot
	switch {
	case inside && l.seatLocked(c):
	case inside:
		l.openLocked(c)
	case slot:
		c.open = true
		c.refs++
		l.waitLocked(c)
		run = task{c, c.first}
	default:
		c.open = true
		l.waitLocked(c)
		run = l.queueLocked(c, t)
	}
	rings, rushes := l.alarmLocked()
	l.mu.Unlock()
	if rings != 0 {
		l.s.clock.set(&l.alarm, rings, rushes)
	}
	return inside, run, nil
}

// arrive lets the patience of c begin.
func (c *call[R]) arrive(t time.Time) {
	c.refs, c.attempt = 1, 1
	c.began = c.lane.s.since(t)
	c.until = c.began + c.policy.Patience
	c.first = c.attemptAt(t)
}

// startLocked gives c a slot, a place in the queue, or nothing at all: then the
// attempt does not happen.
func (l *Lane[R]) startLocked(c *call[R], t time.Time) task {
	switch {
	case l.slotLocked():
		c.refs++
		return task{c, c.attemptAt(t)}
	case int(l.queued.Load()) < l.options.Backlog:
		return l.queueLocked(c, t)
	}
	return task{}
}

// queueLocked lets c wait for a slot. It returns the first run of the queue if a
// seat became idle meanwhile; see serve.
func (l *Lane[R]) queueLocked(c *call[R], t time.Time) task {
	l.queued.Add(1)
	l.queue.insert(inQueue, c, l.queue.last)
	if l.slotLocked() {
		return l.nextLocked(t)
	}
	return task{}
}

// retryAfterLocked guesses when a call that is refused now would find a slot.
func (l *Lane[R]) retryAfterLocked() time.Duration {
	rounds := time.Duration(int(l.queued.Load())/max(l.options.Slots, 1) + 1)
	return min(max(rounds*l.usualLocked(), time.Second), time.Minute)
}
