package sched

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
)

func TestLane_isBusyWhenFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane := NewLane[int](open(t), LaneOptions{Slots: 1, Backlog: 1})
		for range 2 {
			go func() {
				a, err := lane.Do(t.Context(), threeTimes, &nap{sleeps: []time.Duration{time.Second}})
				if err != nil {
					t.Error(err)
				}
				a.Release()
			}()
		}
		synctest.Wait()
		_, err := lane.Do(t.Context(), threeTimes, &nap{})
		if !errors.Is(err, ErrBusy) {
			t.Fatalf("err = %v, want %v", err, ErrBusy)
		}
		if running, queued := lane.Stats(); running != 1 || queued != 1 {
			t.Fatalf("running, queued = %d, %d, want 1, 1", running, queued)
		}
		time.Sleep(3 * time.Second) // lets both end before the context does
	})
}

func TestLane_advisesWhenToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane := NewLane[int](open(t), LaneOptions{Slots: 1, Backlog: 2})
		long := &nap{sleeps: []time.Duration{8 * time.Second}}
		for range 40 { // so that the lane knows how long runs take
			a, err := lane.Do(t.Context(), once, long)
			if err != nil {
				t.Fatal(err)
			}
			a.Release()
		}
		for range 3 {
			go func() {
				a, _ := lane.Do(t.Context(), once, long)
				a.Release()
			}()
		}
		synctest.Wait()
		_, err := lane.Do(t.Context(), once, long)
		busy, ok := errors.AsType[*BusyError](err)
		if !ok {
			t.Fatalf("err = %v, want a BusyError", err)
		}
		if got := busy.RetryAfter.Round(time.Second); got < 22*time.Second || got > 24*time.Second {
			t.Errorf("retry after %v, want about 24s: three runs of 8s", busy.RetryAfter)
		}
		time.Sleep(time.Minute)
	})
}

func TestLane_turnsAPanicIntoAnError(t *testing.T) {
	lane := NewLane[int](open(t), LaneOptions{Slots: 1})
	for range 3 { // the slot is free again each time
		a, err := lane.Do(t.Context(), once, crash{})
		crashed, ok := errors.AsType[*PanicError](err)
		if !ok || !errors.Is(err, errFail) {
			t.Fatalf("err = %v, want a PanicError around %v", err, errFail)
		}
		if !strings.Contains(string(crashed.Stack), "crash.Run") {
			t.Fatalf("the stack does not show the panic:\n%s", crashed.Stack)
		}
		if a.Attempt.Number != 1 {
			t.Fatalf("attempt %d, want 1", a.Attempt.Number)
		}
	}
}

func TestLane_doesNotStartForAClientThatLeft(t *testing.T) {
	lane := NewLane[int](open(t), LaneOptions{Slots: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	job := &nap{}
	if _, err := lane.Do(ctx, once, job); !errors.Is(err, context.Canceled) {
		t.Fatalf("err = %v, want %v", err, context.Canceled)
	}
	if job.started.Load() != 0 || job.done.Load() != 1 {
		t.Fatalf("started %d, done %d; want 0, 1", job.started.Load(), job.done.Load())
	}
}

func TestLane_tellsARunItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane := NewLane[int](open(t), LaneOptions{Slots: 1})
		start := time.Now()
		a, err := lane.Do(t.Context(), once, &nap{sleeps: []time.Duration{time.Second}})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Release()
		if got, want := a.Attempt.Deadline, start.Add(5*time.Minute); !got.Equal(want) {
			t.Errorf("deadline %v, want %v", got, want)
		}
		if !a.Attempt.Started.Equal(start) || a.Attempt.Ran != time.Second {
			t.Errorf("started %v, ran %v; want %v, 1s", a.Attempt.Started, a.Attempt.Ran, start)
		}
	})
}

func TestLane_doDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("sync.Pool forgets at random under the race detector")
	}
	lane := NewLane[int](open(t), LaneOptions{Slots: 2, Backlog: 2})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	lane.s.Watch(ctx)
	for name, job := range map[string]Job[int]{"on a worker": &nap{}, "on the goroutine of Do": &stuckNap{}} {
		got := testing.AllocsPerRun(2000, func() {
			a, err := lane.Do(ctx, threeTimes, job)
			if err != nil {
				t.Fatal(err)
			}
			a.Release()
		})
		if got != 0 {
			t.Errorf("%s: %v allocations, want none", name, got)
		}
	}
}

func TestLane_costsLittleWhileIdle(t *testing.T) {
	if got := unsafe.Sizeof(Lane[int]{}); got > 200 {
		t.Fatalf("an idle lane is %d bytes, want 200 at most", got)
	}
}
