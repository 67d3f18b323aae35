package sched

import (
	"context"
	"slices"
	"time"
)

// twin foretells the trace of a script by the rules in plain words: one thing
// after another, and every question answered by looking through everything.
type twin struct {
	script *script
	out    trace
	now    time.Duration
	calls  []*twinCall
	runs   []*twinRun
	queues map[string][]*twinCall
}

type twinCall struct {
	event
	attempt int
	until   time.Duration
	open    bool
	held    bool // the client or its answer holds the call
	done    bool

	inside   bool // Do itself makes the first run
	rescued  bool // decided while it did
	rescuing bool // the rescue goes on
}

type twinRun struct {
	call    *twinCall
	number  int
	ends    time.Duration
	err     error
	answers bool          // has ended, and its answer holds the slot
	frees   time.Duration // when that answer is released
}

func foretell(s *script) string {
	w := &twin{script: s, queues: map[string][]*twinCall{}}
	rest := slices.Clone(s.events)
	for {
		act := w.next(&rest)
		if act == nil {
			return w.out.String()
		}
		act()
	}
}

// next finds what happens next. Of two things at one moment, the end of
// patience is first and the script's line is last.
func (w *twin) next(rest *[]event) (act func()) {
	at := time.Duration(1<<63 - 1)
	consider := func(when time.Duration, what func()) {
		if when < at {
			at, act = when, what
		}
	}
	for _, c := range w.calls {
		if c.open {
			consider(c.until, func() { w.patienceEnds(c) })
		}
	}
	for _, r := range w.runs {
		if r.answers {
			consider(r.frees, func() { w.released(r) })
		} else {
			consider(r.ends, func() { w.runEnds(r) })
		}
	}
	if len(*rest) > 0 {
		e := (*rest)[0]
		consider(e.at, func() {
			*rest = (*rest)[1:]
			w.happens(e)
		})
	}
	w.now = at
	return act
}

func (w *twin) add(format string, args ...any) { w.out.addAt(w.now, format, args...) }

func (w *twin) happens(e event) {
	if e.leaves {
		for _, c := range w.calls {
			if c.name == e.name && c.open {
				w.decide(c, 0, context.Canceled)
				w.letGo(c)
			}
		}
		return
	}
	c := &twinCall{event: e, attempt: 1, until: w.now + e.policy.Patience, open: true, held: true}
	w.calls = append(w.calls, c)
	if !w.start(c) {
		w.decide(c, 0, ErrBusy)
		w.letGo(c)
	}
	c.inside = c.rescues != "" && len(w.runs) > 0 && w.runs[len(w.runs)-1].call == c
}

// start gives the call's attempt a slot or a place; false is neither.
func (w *twin) start(c *twinCall) bool {
	used := 0
	for _, r := range w.runs {
		if r.call.lane == c.lane {
			used++
		}
	}
	o := w.script.lanes[c.lane]
	switch {
	case used < o.Slots:
		w.run(c)
	case len(w.queues[c.lane]) < o.Backlog:
		w.queues[c.lane] = append(w.queues[c.lane], c)
	default:
		return false
	}
	return true
}

func (w *twin) run(c *twinCall) {
	b := c.of(c.attempt)
	r := &twinRun{call: c, number: c.attempt, ends: w.now + b.sleeps}
	switch {
	case b.sleeps > c.policy.RunLimit:
		r.ends, r.err = w.now+c.policy.RunLimit, errRunLimit
	case b.how == "fail":
		r.err = errFail
	case b.how == "panic":
		r.err = &PanicError{}
	}
	w.runs = append(w.runs, r)
	w.add("%s run %d starts, queued %v", c.name, r.number, w.now-(c.until-c.policy.Patience))
}

func (w *twin) patienceEnds(c *twinCall) {
	if c.attempt >= c.policy.Attempts {
		w.decide(c, 0, ErrTimeout)
		w.letGo(c)
		return
	}
	c.attempt++
	c.until += c.policy.Patience
	if !slices.Contains(w.queues[c.lane], c) {
		w.start(c)
	}
}

func (w *twin) runEnds(r *twinRun) {
	c := r.call
	if !c.open || r.number != c.attempt {
		how := "ok"
		if r.err != nil {
			how = r.err.Error()
		}
		if _, ok := r.err.(*PanicError); ok {
			how = "panic"
		}
		w.add("%s run %d ends late: %s", c.name, r.number, how)
		if r.number == 1 {
			c.inside = false
			w.comesBack(c)
		}
		w.free(r)
		return
	}
	c.inside = c.inside && r.number > 1
	w.decide(c, r.number, r.err)
	if r.err != nil {
		c.held = false
		w.told(c)
		w.free(r)
		return
	}
	r.answers, r.frees = true, w.now+c.hold
}

func (w *twin) released(r *twinRun) {
	r.call.held = false
	w.told(r.call)
	w.free(r)
}

// told ends a rescue.
func (w *twin) told(c *twinCall) {
	c.rescuing = false
	w.comesBack(c)
}

// comesBack lets Do return after a rescue, once nothing keeps it.
func (w *twin) comesBack(c *twinCall) {
	if c.rescued && !c.rescuing && !c.inside && c.rescues == rescuesTell {
		w.add("%s comes back", c.name)
	}
}

// decide ends the client's wait.
func (w *twin) decide(c *twinCall, number int, err error) {
	c.open = false
	w.queues[c.lane] = slices.DeleteFunc(w.queues[c.lane], func(q *twinCall) bool { return q == c })
	c.rescued, c.rescuing = c.inside, c.inside
	how := "ends"
	if c.rescued && c.rescues == rescuesTell {
		how = "is rescued"
	}
	w.add("%s %s: %s", c.name, how, outcome(number, err))
}

func (w *twin) letGo(c *twinCall) {
	c.held = false
	w.told(c)
	w.isDone(c)
}

// free passes the slot of a run on.
func (w *twin) free(r *twinRun) {
	w.runs = slices.DeleteFunc(w.runs, func(q *twinRun) bool { return q == r })
	w.isDone(r.call)
	if queue := w.queues[r.call.lane]; len(queue) > 0 {
		w.queues[r.call.lane] = queue[1:]
		w.run(queue[0])
	}
}

func (w *twin) isDone(c *twinCall) {
	for _, r := range w.runs {
		if r.call == c {
			return
		}
	}
	if !c.held && !c.done {
		c.done = true
		w.add("%s is done", c.name)
	}
}
