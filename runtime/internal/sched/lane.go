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
// A ctx that never ends is the cheapest; many calls that share one ctx also
// share its lock.
func (l *Lane[R]) Do(ctx context.Context, p Policy, job Job[R]) (Answer[R], error) {
	if err := ctx.Err(); err != nil {
		job.Done()
		return Answer[R]{}, err
	}
	if !l.s.enter() {
		job.Done()
		return Answer[R]{}, ErrClosed
	}
	c := l.call(p, job)
	if err := l.begin(c, time.Now()); err != nil {
		c.recycle()
		return Answer[R]{}, err
	}
	if ended := ctx.Done(); ended == nil {
		<-c.done
	} else {
		select {
		case <-c.done:
		case <-ended:
			l.abandon(c, ctx.Err())
			<-c.done
		}
	}
	a := Answer[R]{Attempt: c.won, Ran: c.ran}
	if err := c.err; err != nil {
		l.leave(c)
		return a, err
	}
	a.Value, a.call = c.value, c
	return a, nil
}

// Stats returns how many slots are in use, unreleased answers included, and
// how many calls wait for one.
func (l *Lane[R]) Stats() (running, queued int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.running, l.queued
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

// begin starts the first attempt of c, queues it, or refuses it.
func (l *Lane[R]) begin(c *call[R], t time.Time) error {
	l.lockAt(t)
	run, err := l.admitLocked(c, t)
	rings := l.alarmLocked()
	l.mu.Unlock()
	if run.call != nil {
		l.s.crew.hand(run)
	}
	if rings != 0 {
		l.s.clock.set(&l.alarm, rings)
	}
	return err
}

func (l *Lane[R]) admitLocked(c *call[R], t time.Time) (task, error) {
	full := l.running >= l.options.Slots && l.queued >= l.options.Backlog
	if full {
		return task{}, &BusyError{RetryAfter: l.retryAfterLocked()}
	}
	c.open, c.refs, c.attempt = true, 1, 1
	c.until = l.s.since(t) + c.policy.Patience
	l.waitLocked(c)
	return l.startLocked(c, t), nil
}

// startLocked gives c a slot, a place in the queue, or nothing at all: then the
// attempt does not happen.
func (l *Lane[R]) startLocked(c *call[R], t time.Time) task {
	switch {
	case l.running < l.options.Slots:
		l.running++
		c.refs++
		return c.taskLocked(t)
	case l.queued < l.options.Backlog:
		l.queued++
		l.queue.insert(inQueue, c, l.queue.last)
	}
	return task{}
}

// waitLocked puts c among the waiting calls. Patience is nearly always the
// same for all, so its place is nearly always the last.
func (l *Lane[R]) waitLocked(c *call[R]) {
	at := l.waits.last
	for at != nil && at.until > c.until {
		at = at.links[inWaits].prev
	}
	l.waits.insert(inWaits, c, at)
}

// alarmLocked returns what the clock must be set to, 0 if it rings early
// enough.
func (l *Lane[R]) alarmLocked() time.Duration {
	first := l.waits.first
	if first == nil || l.rings != 0 && l.rings <= first.until {
		return 0
	}
	l.rings = max(first.until, 1)
	return l.rings
}

// lockAt locks mu at a moment before which everything has happened that is due
// by t: what patience decides goes before whatever the caller decides.
func (l *Lane[R]) lockAt(t time.Time) {
	l.mu.Lock()
	if l.waits.first == nil {
		return
	}
	for now := l.s.since(t); l.waits.first != nil && l.waits.first.until <= now; {
		if run := l.turnLocked(l.waits.first, t); run.call != nil {
			l.mu.Unlock()
			l.s.crew.hand(run)
			l.mu.Lock()
		}
	}
}

// turnLocked ends the patience of c's attempt. The next attempt takes over the
// place in the queue if c has one.
func (l *Lane[R]) turnLocked(c *call[R], t time.Time) task {
	if c.attempt >= c.policy.Attempts {
		l.endLocked(c, ErrTimeout)
		c.done <- struct{}{}
		return task{}
	}
	l.waits.remove(inWaits, c)
	c.attempt++
	c.until += c.policy.Patience
	l.waitLocked(c)
	if c.links[inQueue].in {
		return task{}
	}
	return l.startLocked(c, t)
}

// endLocked decides c: from here on its runs are late and it waits for nothing
// but its token.
func (l *Lane[R]) endLocked(c *call[R], err error) {
	c.open, c.err = false, err
	l.waits.remove(inWaits, c)
	if l.queue.remove(inQueue, c) {
		l.queued--
	}
}

// ring lets happen what is due.
func (l *Lane[R]) ring() time.Duration {
	l.lockAt(time.Now())
	defer l.mu.Unlock()
	l.rings = 0
	return l.alarmLocked()
}

// abandon ends c because its client left, unless it is decided already.
func (l *Lane[R]) abandon(c *call[R], err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.open {
		l.endLocked(c, err)
		c.done <- struct{}{}
	}
}

// finish reports whether the run of a answers the call. It does if a is within
// its patience, and only the newest attempt can be.
func (l *Lane[R]) finish(c *call[R], a Attempt, r R, err error) bool {
	ran := time.Since(a.Started)
	now := l.s.since(a.Started) + ran
	l.mu.Lock()
	defer l.mu.Unlock()
	l.usual += (ran - l.usual) / 8
	if !c.open || c.attempt != a.Number || c.until <= now {
		return false
	}
	l.endLocked(c, err)
	c.won, c.ran = a, ran
	if err == nil {
		c.value = r
		c.refs-- // Do still holds it, and its answer after that
	}
	return true
}

// free gives the slot of a run that has ended to the first in the queue. over
// says that the call needs recycling.
func (l *Lane[R]) free(c *call[R]) (next task, over bool) {
	t := time.Now()
	l.lockAt(t)
	defer l.mu.Unlock()
	c.refs--
	return l.nextLocked(t), c.refs == 0
}

// nextLocked passes a slot on.
func (l *Lane[R]) nextLocked(t time.Time) task {
	c := l.queue.first
	if c == nil || l.running > l.options.Slots {
		l.running--
		return task{}
	}
	l.queue.remove(inQueue, c)
	l.queued--
	c.refs++
	return c.taskLocked(t)
}

// release gives the slot of an answer back.
func (l *Lane[R]) release(c *call[R]) {
	next, over := l.free(c)
	if next.call != nil {
		l.s.crew.hand(next)
	}
	if over {
		c.recycle()
	}
}

// leave drops the hold of a Do that got no value.
func (l *Lane[R]) leave(c *call[R]) {
	if l.drop(c) {
		c.recycle()
	}
}

func (l *Lane[R]) drop(c *call[R]) (over bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.refs--
	return c.refs == 0
}

// retryAfterLocked guesses when a call that is refused now would find a slot.
func (l *Lane[R]) retryAfterLocked() time.Duration {
	rounds := time.Duration(l.queued/max(l.options.Slots, 1) + 1)
	return min(max(rounds*l.usual, time.Second), time.Minute)
}
