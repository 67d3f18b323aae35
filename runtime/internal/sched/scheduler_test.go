package sched

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// workers returns how many goroutines are parked.
func workers(s *Scheduler) int {
	s.crew.mu.Lock()
	defer s.crew.mu.Unlock()
	return len(s.crew.parked)
}

func TestScheduler_endsIdleWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		lane := NewLane[int](s, LaneOptions{Slots: 5})
		for range 5 {
			go func() {
				a, err := lane.Do(t.Context(), once, &nap{sleeps: []time.Duration{time.Second}})
				if err != nil {
					t.Error(err)
				}
				a.Release()
			}()
		}
		time.Sleep(2 * time.Second)
		if got := workers(s); got != 5 {
			t.Fatalf("%d workers are parked, want 5", got)
		}
		// One stays at work, the last parked each time.
		for range 30 {
			a, err := lane.Do(t.Context(), once, &nap{})
			if err != nil {
				t.Fatal(err)
			}
			a.Release()
			time.Sleep(time.Second)
		}
		if got := workers(s); got != 1 {
			t.Fatalf("%d workers are parked, want 1", got)
		}
		time.Sleep(time.Minute)
		if got := workers(s); got != 0 {
			t.Fatalf("%d workers are parked, want none", got)
		}
	})
}

func TestScheduler_closeWaitsForLateRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{IdleWorker: time.Second})
		lane := NewLane[int](s, LaneOptions{Slots: 1, Backlog: 1})
		late, queued := &nap{sleeps: []time.Duration{2 * time.Minute}}, &nap{}
		start := time.Now()
		go lane.Do(t.Context(), once, late)
		synctest.Wait()
		time.Sleep(90 * time.Second)
		go func() {
			a, err := lane.Do(t.Context(), once, queued)
			if err != nil {
				t.Errorf("a call that waited at Close: %v", err)
			}
			time.Sleep(time.Second)
			a.Release()
		}()
		synctest.Wait()
		s.Close()
		if got, want := time.Since(start), 121*time.Second; got != want {
			t.Errorf("closed after %v, want %v", got, want)
		}
		if late.late.Load() != 1 || late.done.Load() != 1 || queued.done.Load() != 1 {
			t.Errorf("late = %d, done = %d, %d; want 1 each", late.late.Load(), late.done.Load(), queued.done.Load())
		}
		s.Close() // again, to no effect
	})
}

func TestScheduler_refusesCallsWhenClosed(t *testing.T) {
	s := New(Options{IdleWorker: time.Second})
	lane := NewLane[int](s, LaneOptions{Slots: 1})
	s.Close()
	job := &nap{}
	if _, err := lane.Do(t.Context(), once, job); !errors.Is(err, ErrClosed) {
		t.Fatalf("err = %v, want %v", err, ErrClosed)
	}
	if job.started.Load() != 0 || job.done.Load() != 1 {
		t.Fatalf("started %d, done %d; want 0, 1", job.started.Load(), job.done.Load())
	}
}

// Close must also end what has no call any more: the alarm that was set for a
// patience nobody needs, and the one of the idle workers. synctest fails if a
// goroutine is left.
func TestScheduler_leavesNothingAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{IdleWorker: time.Hour})
		for range 3 {
			lane := NewLane[int](s, LaneOptions{Slots: 1})
			a, err := lane.Do(context.Background(), threeTimes, &nap{})
			if err != nil {
				t.Fatal(err)
			}
			a.Release()
		}
		s.Close()
		synctest.Wait()
		if s.clock.armed {
			t.Error("the clock is armed after Close")
		}
	})
}
