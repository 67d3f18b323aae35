package sched

import (
	"sync"
	"time"
)

// crew is the goroutines that runs happen on. One that has nothing to do parks
// and is the first to be taken again, so that few are warm and the others end.
// There are never more than slots in all lanes and rescues under way.
type crew struct {
	clock *clock
	rest  time.Duration
	alarm alarm
	owned sync.WaitGroup

	mu     sync.Mutex
	parked []*worker // the last one parked is the first one taken
	unused int       // how many of the bottom ones were never taken since the last sweep
	swept  bool      // the alarm is set
	closed bool
}

// worker is one goroutine of a crew.
type worker struct {
	crew  *crew
	tasks chan task // has room for one: a worker is parked before it waits
}

// task is a run to make, or the rescue of a call. The zero task tells a worker
// to end.
type task struct {
	call    runner
	attempt Attempt // its Number is rescuing for a rescue
}

// rescuing stands where a task has the number of an attempt.
const rescuing = 0

// runner is a call of any type. run does one task on w and returns the next
// task for w; before it returns the zero task it parks w, because whoever
// it wakes may want a worker at once.
type runner interface {
	run(w *worker, a Attempt) task
}

func (c *crew) init(clock *clock, rest time.Duration) {
	c.clock, c.rest, c.alarm.who = clock, rest, c
}

// hand gives t to a parked worker, or to a new one.
func (c *crew) hand(t task) {
	w := c.take()
	if w == nil {
		w = &worker{crew: c, tasks: make(chan task, 1)}
		c.owned.Go(w.work)
	}
	w.tasks <- t
}

func (c *crew) take() *worker {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := len(c.parked) - 1
	if last < 0 {
		return nil
	}
	w := c.parked[last]
	c.parked = c.parked[:last]
	c.unused = min(c.unused, last)
	return w
}

// park puts w back. The worker must look for its next task after that.
func (c *crew) park(w *worker) {
	if c.parkUnswept(w) {
		c.clock.set(&c.alarm, c.clock.now()+c.rest, c.clock.rushes.Load())
	}
}

func (c *crew) parkUnswept(w *worker) (unswept bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		w.tasks <- task{} // there is room: w is not parked, hence nobody else gives it a task
		return false
	}
	c.parked = append(c.parked, w)
	unswept = !c.swept
	c.swept = true
	return unswept
}

// ring ends the workers that nobody needed for as long as an idle one is kept.
func (c *crew) ring() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endLocked(c.unused)
	if len(c.parked) == 0 {
		c.swept = false
		return 0
	}
	return c.clock.now() + max(c.rest, 1)
}

func (c *crew) endLocked(n int) {
	for _, w := range c.parked[:n] {
		w.tasks <- task{} // there is room: w was parked
	}
	rest := copy(c.parked, c.parked[n:])
	clear(c.parked[rest:])
	c.parked = c.parked[:rest]
	c.unused = rest
}

// close ends all workers and waits for them.
func (c *crew) close() {
	c.closeParked()
	c.owned.Wait()
}

func (c *crew) closeParked() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.endLocked(len(c.parked))
}

func (w *worker) work() {
	for t := range w.tasks {
		if t.call == nil {
			return
		}
		for t.call != nil {
			t = t.call.run(w, t.attempt)
		}
	}
}
