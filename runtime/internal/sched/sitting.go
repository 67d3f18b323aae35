package sched

import "time"

// What follows is a lane's dealings with its seats: who sits down without the
// mutex, what the lane does with the slots of idle seats, and how it takes over
// a call that sits.

// seats of a lane are made by the first call that could sit.
func (l *Lane[R]) allSeats() []seat[R] {
	if p := l.seats.Load(); p != nil {
		return *p
	}
	return nil
}

// sit starts the first attempt of c in an idle seat, the one that this
// processor used last if possible. It is refused where the lane may have to
// decide something first, and when no seat is idle.
func (l *Lane[R]) sit(c *call[R], t time.Time) bool {
	now := l.s.since(t)
	until := now + c.policy.Patience
	if !l.watches(now, until) {
		return false
	}
	seats := l.allSeats()
	for n := range seats {
		s := &seats[(int(c.near)+n)%len(seats)]
		if !s.take(idle) {
			continue
		}
		c.arrive(t)
		s.sit(c)
		if !l.watches(now, until) { // the clock may have rung before c was there
			l.arm()
		}
		return true
	}
	return false
}

// watches reports whether the clock rings before until, but not by now.
func (l *Lane[R]) watches(now, until time.Duration) bool {
	rings := time.Duration(l.rings.Load())
	return now < rings && rings <= until
}

// seatLocked gives c, which got a slot, a seat if one is vacant.
func (l *Lane[R]) seatLocked(c *call[R]) bool {
	seats := l.allSeats()
	if seats == nil {
		seats = make([]seat[R], min(l.options.Slots, maxSeats()))
		l.seats.Store(&seats)
	}
	for n := range seats {
		if s := &seats[(int(c.near)+n)%len(seats)]; s.take(vacant) {
			s.sit(c)
			return true
		}
	}
	return false
}

// slotLocked takes a slot: one that is in no seat, or that of an idle seat.
func (l *Lane[R]) slotLocked() bool {
	if l.running < l.options.Slots {
		l.running++
		return true
	}
	seats := l.allSeats()
	for n := range seats {
		if s := &seats[n]; s.take(idle) {
			s.become(vacant)
			return true
		}
	}
	return false
}

// idleLocked returns how many slots are in idle seats.
func (l *Lane[R]) idleLocked() (n int) {
	seats := l.allSeats()
	for i := range seats {
		if seats[i].phase() == idle {
			n++
		}
	}
	return n
}

// standLocked dissolves the seats of the calls that are due, which the lane
// decides from here on.
func (l *Lane[R]) standLocked(due func(until time.Duration, w *watch) bool) {
	seats := l.allSeats()
	for n := range seats {
		if c := seats[n].sitter(due); c != nil {
			l.openLocked(c)
		}
	}
}

// openLocked makes c, whose seat was dissolved, a call that is inside.
func (l *Lane[R]) openLocked(c *call[R]) {
	c.open, c.inside = true, true
	c.refs++ // the run
	l.waitLocked(c)
}

// patienceLocked returns when the first patience in a seat ends, and whether
// there is one.
func (l *Lane[R]) patienceLocked() (first time.Duration, any bool) {
	seats := l.allSeats()
	for n := range seats {
		s := &seats[n]
		if until := time.Duration(s.until.Load()); s.phase() == occupied && (!any || until < first) {
			first, any = until, true
		}
	}
	return first, any
}

// rises takes the run of c, which has ended at now, out of the lane's reach and
// reports whether it is within its patience: then it answers. Otherwise it is
// the lane's to decide.
func (c *call[R]) rises(now time.Duration) bool {
	s := c.seat
	if !s.state.CompareAndSwap(c.sitting, c.sitting-uint64(occupied)+uint64(taken)) {
		c.seat = nil // somebody else may sit there now
		return false
	}
	if now < c.until {
		return true
	}
	c.seat = nil
	c.lane.stand(c, s)
	return false
}

// stand dissolves the seat s, which c has taken.
func (l *Lane[R]) stand(c *call[R], s *seat[R]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.become(vacant)
	l.openLocked(c)
}

// usualLocked is how long runs take lately, in seats or out of them.
func (l *Lane[R]) usualLocked() time.Duration {
	usual := l.usual
	seats := l.allSeats()
	for n := range seats {
		usual = max(usual, time.Duration(seats[n].usual.Load()))
	}
	return usual
}

// leaveSeat gives the slot in the seat that c has taken back.
func (c *call[R]) leaveSeat() {
	s, l := c.seat, c.lane
	c.seat = nil
	ran, usual := int64(c.won.Ran), s.usual.Load()
	s.usual.Store(usual + (ran-usual)/8)
	s.become(idle)
	if l.queued.Load() > 0 {
		l.serve()
	}
}

// serve starts waiting calls in the slots of idle seats. Whoever queues a call
// counts it first and looks for idle seats then; whoever leaves a seat does it
// the other way round, so one of them sees the other.
func (l *Lane[R]) serve() {
	for run := l.served(); run.call != nil; run = l.served() {
		l.s.crew.hand(run)
	}
}

func (l *Lane[R]) served() task {
	t := time.Now()
	l.lockAt(t)
	defer l.mu.Unlock()
	if l.queue.first == nil || !l.slotLocked() {
		return task{}
	}
	return l.nextLocked(t)
}
