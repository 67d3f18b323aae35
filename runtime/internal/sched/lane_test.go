package sched

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
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
		if busy, ok := errors.AsType[*BusyError](err); !ok || busy.RetryAfter < time.Second {
			t.Fatalf("err = %#v, want advice of at least a second", err)
		}
		time.Sleep(3 * time.Second) // fake: lets both end before the context does
	})
}
