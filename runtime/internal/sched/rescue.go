package sched

import "context"

// What follows is a first attempt on the goroutine of Do itself, and what
// becomes of a call that is decided while that goroutine is still inside.
//
// Most calls sit: see seat. One that does not, or whose seat was dissolved, is
// inside from the moment in which it gets its slot until finish says
// that its run has ended, both under the lane's mu; so whoever decides it knows
// for certain whether Do can tell the client or a worker must.
//
//	           Do's goroutine               a worker
//	in time    Run ends
//	           Do returns the answer
//
//	stuck      Run goes on                  Rescue
//	           Run ends, Late               the token
//	           waits for the token
//	           Do returns ErrRescued

// mayRunHere reports whether the goroutine of Do may make the first attempt:
// the job must know how to be rescued, and somebody else must see ctx end.
func (c *call[R]) mayRunHere(ended <-chan struct{}) bool {
	if _, ok := c.job.(Rescuer[R]); !ok {
		return false
	}
	if ended == nil {
		return true
	}
	c.watch = c.lane.s.watches.find(ended)
	return c.watch != nil
}

// runHere makes the first attempt on the goroutine of Do and reports whether
// that was the answer.
func (c *call[R]) runHere() (answers bool) {
	r, err := c.try(&c.first)
	l := c.lane
	answers = l.finish(c, &c.first, r, err)
	if answers && err == nil { // the slot stays with the answer
		return true
	}
	if c.seat != nil { // the run failed, in time
		c.leaveSeat()
		return true
	}
	if !answers {
		c.job.Late(c.first, r, err)
	}
	if next, _ := l.free(c); next.call != nil { // the call is not over: Do holds it
		l.s.crew.hand(next)
	}
	return answers
}

// wait returns when c was decided and, if it was rescued, the rescue is over.
func (c *call[R]) wait(ctx context.Context, ended <-chan struct{}) {
	if ended == nil {
		<-c.done
		return
	}
	select {
	case <-c.done:
	case <-ended:
		c.lane.abandon(c, ctx.Err())
		<-c.done
	}
}

// rescue tells the client on w instead of Do, and then Do.
func (c *call[R]) rescue(w *worker) task {
	a := Answer[R]{Attempt: c.won, Took: c.took}
	if c.err == nil {
		a.Value, a.call = c.value, c
	}
	c.job.(Rescuer[R]).Rescue(a, c.err)
	w.crew.park(w)
	c.done <- struct{}{}
	return task{}
}

// tellLocked lets the decided c be told: Do by its token, or a worker by the
// task that is returned.
func (c *call[R]) tellLocked() task {
	if c.rescued {
		return task{call: c}
	}
	c.done <- struct{}{}
	return task{}
}
