package sched

import (
	"container/heap"
	"sync"
	"sync/atomic"
	"time"
)

// clock rings alarms with one timer for all of them. An alarm is set once for
// many calls (see Lane.waits), so a call that is answered quickly costs the
// clock nothing.
type clock struct {
	start time.Time
	owned sync.WaitGroup // the goroutine that rings, from arming the timer on

	rushes atomic.Uint64 // changed with mu held

	mu     sync.Mutex
	alarms alarms
	timer  *time.Timer
	rings  time.Duration // when the timer goes off
	armed  bool          // the timer will go off or its goroutine is at work
	closed bool
}

// alarm belongs to one ringer and stands at most once in a clock. at and index
// are guarded by the clock's mu.
type alarm struct {
	who   ringer        // never changes
	at    time.Duration // since the clock's start
	index int           // one more than the place in the heap; 0 is absent
}

// ringer is what an alarm wakes. ring does what is due and returns when it
// wants to be rung next, 0 for never. An alarm may ring too early.
type ringer interface {
	ring() (next time.Duration)
}

func newClock(start time.Time) *clock {
	return &clock{start: start}
}

// set makes a ring at the given time or earlier: of two wishes the earlier one
// counts. rushes is what the clock's rushes were when that time was reckoned: if
// there was a rush since, a rings at once.
func (c *clock) set(a *alarm, at time.Duration, rushes uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if rushes != c.rushes.Load() {
		at = 0
	}
	switch {
	case a.index == 0:
		a.at = at
		heap.Push(&c.alarms, a)
	case at < a.at:
		a.at = at
		heap.Fix(&c.alarms, a.index-1)
	}
	c.armLocked()
}

// rush makes all alarms ring at once. One that is just being set or rung rings
// again.
func (c *clock) rush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rushes.Add(1)
	for _, a := range c.alarms {
		a.at = 0 // equal everywhere is a heap too
	}
	c.armLocked()
}

// armLocked sees to it that the timer goes off for the first alarm.
func (c *clock) armLocked() {
	if c.closed || len(c.alarms) == 0 {
		return
	}
	first := c.alarms[0].at
	wait := first - c.now()
	switch {
	case !c.armed:
		c.armed = true
		c.owned.Add(1)
		c.rings = first
		if c.timer == nil {
			c.timer = time.AfterFunc(wait, c.strike)
		} else {
			c.timer.Reset(wait)
		}
	case first < c.rings && c.timer.Stop():
		c.rings = first
		c.timer.Reset(wait)
	}
	// If Stop came too late then strike is at work or about to be: it looks
	// at the first alarm again before it ends.
}

// strike rings all alarms that are due and arms the timer for the next.
func (c *clock) strike() {
	defer c.owned.Done()
	for {
		a, rushes := c.due()
		if a == nil {
			return
		}
		if next := a.who.ring(); next > 0 {
			c.set(a, next, rushes)
		}
	}
}

// due takes out the first alarm whose time has come. Without one it arms the
// timer and returns nil.
func (c *clock) due() (a *alarm, rushes uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.alarms) > 0 && c.alarms[0].at <= c.now() && !c.closed {
		return heap.Pop(&c.alarms).(*alarm), c.rushes.Load()
	}
	c.armed = false
	c.armLocked()
	return nil, 0
}

// now is how the clock reckons: never set back, and small.
func (c *clock) now() time.Duration { return time.Since(c.start) }

// close lets no alarm ring any more and waits for one that does.
func (c *clock) close() {
	c.stop()
	c.owned.Wait()
}

func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.armed && c.timer.Stop() {
		c.armed = false
		c.owned.Done()
	}
}

// alarms is a heap with the earliest first.
type alarms []*alarm

func (h alarms) Len() int           { return len(h) }
func (h alarms) Less(i, j int) bool { return h[i].at < h[j].at }

func (h alarms) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i+1, j+1
}

func (h *alarms) Push(x any) {
	a := x.(*alarm)
	*h = append(*h, a)
	a.index = len(*h)
}

func (h *alarms) Pop() any {
	old := *h
	a := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	a.index = 0
	return a
}
