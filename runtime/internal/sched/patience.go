package sched

import "time"

// What follows decides by time: whose patience ends, and when to look again.

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
func (l *Lane[R]) alarmLocked() (rings time.Duration, rushes uint64) {
	first, any := l.patienceLocked()
	if c := l.waits.first; c != nil && (!any || c.until < first) {
		first, any = c.until, true
	}
	if set := time.Duration(l.rings.Load()); !any || set != 0 && set <= first {
		return 0, 0
	}
	rings = max(first, 1)
	l.rings.Store(int64(rings))
	return rings, l.s.clock.rushes.Load()
}

// arm sets the clock for a call that is open already.
func (l *Lane[R]) arm() {
	if rings, rushes := l.armed(); rings != 0 {
		l.s.clock.set(&l.alarm, rings, rushes)
	}
}

func (l *Lane[R]) armed() (rings time.Duration, rushes uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.alarmLocked()
}

// lockAt locks mu at a moment before which everything has happened that is due
// by t: what patience decides goes before whatever the caller decides.
func (l *Lane[R]) lockAt(t time.Time) {
	l.mu.Lock()
	now := l.s.since(t)
	if rings := time.Duration(l.rings.Load()); rings == 0 || rings > now {
		return // no patience is over
	}
	l.standLocked(func(until time.Duration, _ *watch) bool { return until <= now })
	for l.waits.first != nil && l.waits.first.until <= now {
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
		return l.refuseLocked(c, ErrTimeout, c.until)
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

// refuseLocked decides c without an answer and returns its rescue, if it needs
// one. at is when.
func (l *Lane[R]) refuseLocked(c *call[R], err error, at time.Duration) task {
	l.endLocked(c, err, at)
	return c.tellLocked()
}

// endLocked decides c: from here on its runs are late and it waits for nothing
// but to be told.
func (l *Lane[R]) endLocked(c *call[R], err error, at time.Duration) {
	c.open, c.err, c.rescued, c.took = false, err, c.inside, at-c.began
	l.waits.remove(inWaits, c)
	if l.queue.remove(inQueue, c) {
		l.queued.Add(-1)
	}
}

// ring lets happen what is due.
func (l *Lane[R]) ring() time.Duration {
	l.dismiss()
	l.lockAt(time.Now())
	defer l.mu.Unlock()
	l.rings.Store(0)
	rings, _ := l.alarmLocked()
	return rings
}

// abandon ends c because its client left, unless it is decided already. Do
// waits, so there is nothing to rescue.
func (l *Lane[R]) abandon(c *call[R], err error) {
	at := l.s.clock.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.open {
		l.refuseLocked(c, err, at)
	}
}
