package sched

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// stuck makes a call in another goroutine, whose first run never ends before
// its limit, and returns what Do returned.
func stuck(t *testing.T, ctx context.Context, lane *Lane[int], job Job[int]) <-chan error {
	t.Helper()
	back := make(chan error, 1)
	go func() {
		a, err := lane.Do(ctx, once, job)
		a.Release()
		back <- err
	}()
	synctest.Wait()
	return back
}

func TestLane_runsOnTheGoroutineOfDo(t *testing.T) {
	watched, cancel := context.WithCancel(t.Context())
	defer cancel()
	unwatched, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, row := range []struct {
		name    string
		ctx     context.Context
		job     Job[int]
		workers int
	}{
		{"endless ctx", context.Background(), here{}, 0},
		{"watched ctx", watched, here{}, 0},
		{"ctx that only Do can watch", unwatched, here{}, 1},
		{"job that can't be rescued", context.Background(), empty{}, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := open(t)
			s.Watch(watched)
			s.Watch(watched) // again, to no effect
			lane := NewLane[int](s, LaneOptions{Slots: 2})
			a, err := lane.Do(row.ctx, once, row.job)
			if err != nil || a.Value != 1 || a.Attempt.Number != 1 {
				t.Fatalf("Do: %+v, %v", a, err)
			}
			if running, _ := lane.Stats(); running != 1 {
				t.Errorf("%d slots in use before the release, want 1", running)
			}
			a.Release()
			if running, _ := lane.Stats(); running != 0 {
				t.Errorf("%d slots in use after the release, want none", running)
			}
			if got := workers(s); got != row.workers {
				t.Errorf("%d workers, want %d", got, row.workers)
			}
		})
	}
}

func TestLane_turnsAPanicOnTheGoroutineOfDoIntoAnError(t *testing.T) {
	lane := NewLane[int](open(t), LaneOptions{Slots: 1})
	for range 3 { // the slot is free again each time
		a, err := lane.Do(context.Background(), once, crashHere{})
		crashed, ok := errors.AsType[*PanicError](err)
		if !ok || !errors.Is(err, errFail) || a.Attempt.Number != 1 {
			t.Fatalf("err = %v by %d, want a PanicError around %v by 1", err, a.Attempt.Number, errFail)
		}
		if !strings.Contains(string(crashed.Stack), "runHere") {
			t.Fatalf("the panic was not on the goroutine of Do:\n%s", crashed.Stack)
		}
	}
}

func TestLane_rescuesBeforeTheRunEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane := NewLane[int](open(t), LaneOptions{Slots: 1})
		job := &stuckNap{nap: nap{sleeps: []time.Duration{2 * time.Minute}}}
		back := stuck(t, context.Background(), lane, job)
		time.Sleep(61 * time.Second)
		if job.rescued.Load() != 1 || !errors.Is(job.err, ErrTimeout) {
			t.Errorf("%d rescues with %v, want 1 with %v", job.rescued.Load(), job.err, ErrTimeout)
		}
		select {
		case err := <-back:
			t.Errorf("Do came back from a run that goes on: %v", err)
		default:
		}
		time.Sleep(time.Minute)
		if err := <-back; !errors.Is(err, ErrRescued) {
			t.Errorf("err = %v, want %v", err, ErrRescued)
		}
		if job.late.Load() != 1 || job.done.Load() != 1 || job.rescued.Load() != 1 {
			t.Errorf("late %d, done %d, rescued %d; want 1 each", job.late.Load(), job.done.Load(), job.rescued.Load())
		}
	})
}

func TestScheduler_closeWaitsForStuckCallsAndTheirRescue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{IdleWorker: time.Second})
		lane := NewLane[int](s, LaneOptions{Slots: 1})
		job := &stuckNap{nap: nap{sleeps: []time.Duration{2 * time.Minute}}}
		start := time.Now()
		back := stuck(t, context.Background(), lane, job)
		s.Close()
		if got, want := time.Since(start), 2*time.Minute; got != want {
			t.Errorf("closed after %v, want %v", got, want)
		}
		if err := <-back; !errors.Is(err, ErrRescued) || !errors.Is(job.err, ErrTimeout) {
			t.Errorf("Do: %v, rescue: %v", err, job.err)
		}
	})
}

// All calls that share a ctx are ended at once when it ends, in lanes whose
// alarms are far away.
func TestScheduler_watchEndsStuckCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		other, cancelOther := context.WithCancel(t.Context())
		defer cancelOther()
		s.Watch(ctx)
		s.Watch(other)
		var jobs []*stuckNap
		var backs []<-chan error
		for range 3 {
			lane := NewLane[int](s, LaneOptions{Slots: 2})
			for _, c := range []context.Context{ctx, other} {
				job := &stuckNap{nap: nap{sleeps: []time.Duration{30 * time.Second}}}
				jobs = append(jobs, job)
				backs = append(backs, stuck(t, c, lane, job))
			}
		}
		time.Sleep(time.Second)
		cancel()
		synctest.Wait()
		for n, job := range jobs {
			want := int32(1 - n%2) // those with the other ctx go on
			if got := job.rescued.Load(); got != want || want == 1 && !errors.Is(job.err, context.Canceled) {
				t.Errorf("call %d: %d rescues with %v, want %d", n, got, job.err, want)
			}
		}
		for n, back := range backs {
			if err := <-back; n%2 == 0 && !errors.Is(err, ErrRescued) || n%2 == 1 && err != nil {
				t.Errorf("call %d: %v", n, err)
			}
		}
		if n := len(s.watches.all()); n != 1 {
			t.Errorf("%d watches are left, want the other's", n)
		}
	})
}

func TestScheduler_watchesNothingAfterClose(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := New(Options{IdleWorker: time.Second})
	s.Watch(context.Background())
	s.Watch(ctx)
	if n := len(s.watches.all()); n != 1 {
		t.Errorf("%d watches, want 1: the other ctx never ends", n)
	}
	s.Close()
	s.Watch(ctx)
	if n := len(s.watches.all()); n != 0 {
		t.Errorf("%d watches after Close", n)
	}
}

func TestAnswer_saysHowLongTheClientWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane := NewLane[int](open(t), LaneOptions{Slots: 4})
		for _, row := range []struct {
			name string
			runs []time.Duration
			want time.Duration
		}{
			{"first", []time.Duration{3 * time.Second}, 3 * time.Second},
			{"second", []time.Duration{61 * time.Second, time.Second}, 61 * time.Second},
			{"none", []time.Duration{70 * time.Second}, 3 * time.Minute},
		} {
			a, _ := lane.Do(t.Context(), threeTimes, &nap{sleeps: row.runs})
			if a.Took != row.want {
				t.Errorf("%s: took %v, want %v", row.name, a.Took, row.want)
			}
			a.Release()
		}
	})
}

// A ctx may end after Do has looked at it and before the lane knows the call:
// then nobody else ends the call.
func TestLane_noticesThatTheContextEndedOnTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		s.Watch(ctx)
		lane := NewLane[int](s, LaneOptions{Slots: 1})
		job := &stuckNap{}
		c := lane.call(once, job)
		s.calls.Enter(c.near)
		here := c.mayRunHere(ctx.Done())
		cancel()
		synctest.Wait()
		inside, err := lane.begin(c, here, time.Now())
		synctest.Wait()
		if !inside || err != nil || job.rescued.Load() != 1 || !errors.Is(job.err, context.Canceled) {
			t.Errorf("inside %v, %v, rescued %d with %v", inside, err, job.rescued.Load(), job.err)
		}
		c.runHere()
		c.wait(ctx, nil)
		lane.leave(c)
		if job.late.Load() != 1 || job.done.Load() != 1 {
			t.Errorf("late %d, done %d; want 1 each", job.late.Load(), job.done.Load())
		}
	})
}
