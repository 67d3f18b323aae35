package sched

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

var (
	errFail     = errors.New("fail")
	errRunLimit = errors.New("run limit")
)

// play lets a script happen to a real scheduler in fake time.
func play(t *testing.T, s *script) string {
	out := &trace{}
	synctest.Test(t, func(t *testing.T) {
		out.start = time.Now()
		sched := New(Options{IdleWorker: 10 * time.Second})
		lanes := map[string]*Lane[int]{}
		for name, o := range s.lanes {
			lanes[name] = NewLane[int](sched, o)
		}
		leave := map[string]context.CancelFunc{}
		for _, e := range s.events {
			time.Sleep(time.Until(out.start.Add(e.at)))
			if e.leaves {
				leave[e.name]()
			} else {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				leave[e.name] = cancel
				sched.Watch(ctx)
				go playCall(ctx, out, lanes[e.lane], e)
			}
			synctest.Wait() // so that the order of lines is the order of acts
		}
		sched.Close()
		synctest.Wait()
		for name, l := range lanes {
			if running, queued := l.Stats(); running+queued != 0 || l.waits.first != nil {
				t.Errorf("lane %s at the end: %d running, %d queued", name, running, queued)
			}
		}
	})
	return out.String()
}

func playCall(ctx context.Context, out *trace, l *Lane[int], e event) {
	var job Job[int] = &played{out, e}
	if e.rescues != "" {
		job = &rescued{played{out, e}}
	}
	a, err := l.Do(ctx, e.policy, job)
	if errors.Is(err, ErrRescued) {
		if e.rescues == rescuesTell {
			out.add("%s comes back", e.name)
		}
		return
	}
	tell(out, "ends", e, a, err)
}

// tell notes the end of a call and releases its answer.
func tell(out *trace, how string, e event, a Answer[int], err error) {
	if err != nil {
		out.add("%s %s: %s", e.name, how, outcome(a.Attempt.Number, err))
		a.Release()
		return
	}
	out.add("%s %s: %s", e.name, how, outcome(a.Value, nil))
	time.Sleep(e.hold)
	a.Release()
	a.Release() // again, to no effect
}

// outcome is how a call ended, in a word; number is the attempt that answered.
func outcome(number int, err error) string {
	var crash *PanicError
	by := " by " + string(rune('0'+number))
	switch {
	case err == nil:
		return "answer" + by
	case errors.As(err, &crash):
		return "panic" + by
	case number > 0:
		return err.Error() + by
	case errors.Is(err, ErrBusy):
		return "busy"
	case errors.Is(err, ErrTimeout):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "left"
	}
	return err.Error()
}

// played is a job that behaves like a line of a script.
type played struct {
	out *trace
	e   event
}

func (p *played) Run(a Attempt) (int, error) {
	p.out.add("%s run %d starts, queued %v", p.e.name, a.Number, a.Queued)
	b := p.e.of(a.Number)
	if limit := time.Until(a.Deadline); b.sleeps > limit {
		time.Sleep(limit)
		return 0, errRunLimit
	}
	time.Sleep(b.sleeps)
	switch b.how {
	case "fail":
		return 0, errFail
	case "panic":
		panic("as the script says")
	}
	return a.Number, nil
}

func (p *played) Late(a Attempt, r int, err error) {
	how := "ok"
	var crash *PanicError
	if errors.As(err, &crash) {
		how = "panic"
	} else if err != nil {
		how = err.Error()
	} else if r != a.Number {
		how = "wrong value"
	}
	p.out.add("%s run %d ends late: %s", p.e.name, a.Number, how)
}

func (p *played) Done() { p.out.add("%s is done", p.e.name) }

// rescued is the same for the goroutine of Do.
type rescued struct{ played }

func (r *rescued) Rescue(a Answer[int], err error) {
	how := "ends"
	if r.e.rescues == rescuesTell {
		how = "is rescued"
	}
	tell(r.out, how, r.e, a, err)
}
