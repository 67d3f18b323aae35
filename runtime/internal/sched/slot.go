package sched

import "time"

// What follows decides when a run ends: whether it answers, and whose its slot
// is then.

// finish notes in a how long its run took and reports whether it answers the
// call. It does if a is within its patience, and only the newest attempt can be.
func (l *Lane[R]) finish(c *call[R], a *Attempt, r R, err error) (answers bool) {
	ran := time.Since(a.Started)
	a.Ran = ran
	now := l.s.since(a.Started) + ran
	if a == &c.first && c.seat != nil && c.rises(now) {
		c.won, c.value, c.err, c.took = *a, r, err, now-c.began
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.usual += (ran - l.usual) / 8
	if a == &c.first {
		c.inside = false
	}
	if !c.open || c.attempt != a.Number || c.until <= now {
		return false
	}
	l.endLocked(c, err, now)
	c.won = *a
	if err == nil {
		c.value = r
		if !c.rescued {
			c.refs-- // Do still holds it, and its answer after that
		} // else the hold of the run is the answer's
	}
	return true
}

// free gives the slot of a run that has ended to the first in the queue. over
// says that the call needs recycling.
func (l *Lane[R]) free(c *call[R]) (next task, over bool) {
	over, waiting := l.freeUnwanted(c)
	if waiting {
		t := time.Now()
		l.lockAt(t)
		defer l.mu.Unlock()
		next = l.nextLocked(t)
	}
	return next, over
}

// freeUnwanted gives a slot back that nobody waits for. That needs no look at
// the time.
func (l *Lane[R]) freeUnwanted(c *call[R]) (over, waiting bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.refs--
	waiting = l.queue.first != nil
	if !waiting {
		l.running--
	}
	return c.refs == 0, waiting
}

// nextLocked passes a slot on to the first in the queue, if there is one.
func (l *Lane[R]) nextLocked(t time.Time) task {
	c := l.queue.first
	if c == nil {
		l.running--
		return task{}
	}
	l.queue.remove(inQueue, c)
	l.queued.Add(-1)
	c.refs++
	return task{c, c.attemptAt(t)}
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
