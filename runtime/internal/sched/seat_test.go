package sched

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
)

func TestSeat_fillsItsCacheLines(t *testing.T) {
	if got := unsafe.Sizeof(seat[int]{}); got != cacheLine {
		t.Errorf("a seat is %d bytes, want %d", got, cacheLine)
	}
}

// sitting returns how many of a lane's seats are in each phase.
func sitting(l *Lane[int]) (n [phases]int) {
	for i := range l.allSeats() {
		n[l.allSeats()[i].phase()]++
	}
	return n
}

func TestSeat_keepsItsSlotForTheNextCall(t *testing.T) {
	lane := NewLane[int](open(t), LaneOptions{Slots: 1})
	for range 3 {
		a, err := lane.Do(context.Background(), threeTimes, here{})
		if err != nil {
			t.Fatal(err)
		}
		if running, _ := lane.Stats(); running != 1 {
			t.Errorf("%d slots are in use by an answer, want 1", running)
		}
		a.Release()
		if running, _ := lane.Stats(); running != 0 {
			t.Errorf("%d slots are in use by nobody", running)
		}
	}
	a, err := lane.Do(context.Background(), threeTimes, empty{}) // which can't sit, and gets the slot all the same
	if err != nil {
		t.Fatal(err)
	}
	a.Release()
}

func TestSeat_isLeftToALateRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane := NewLane[int](open(t), LaneOptions{Slots: 2})
		job := &stuckNap{nap: nap{sleeps: []time.Duration{3 * time.Minute}}}
		back := stuck(t, context.Background(), lane, job)
		if n := sitting(lane); n[occupied] != 1 {
			t.Fatalf("seats %v, want one occupied", n)
		}
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if n := sitting(lane); n[occupied] != 0 || job.rescued.Load() != 1 {
			t.Fatalf("seats %v after the patience, %d rescues", n, job.rescued.Load())
		}
		for range 3 { // the other slot, in the seat or in another
			a, err := lane.Do(context.Background(), once, here{})
			if err != nil {
				t.Fatal(err)
			}
			a.Release()
		}
		if running, _ := lane.Stats(); running != 1 {
			t.Errorf("%d slots are in use, want that of the late run", running)
		}
		<-back
		if running, _ := lane.Stats(); running != 0 || job.late.Load() != 1 {
			t.Errorf("%d slots are in use, %d late runs", running, job.late.Load())
		}
	})
}

// Many clients use few slots in real time, so that calls sit, queue, and take
// idle seats from each other; a slot or a wake-up that is lost would leave a
// client waiting for good, and one too many would be seen.
func TestSeat_losesNoSlot(t *testing.T) {
	const slots, clients, calls = 3, 24, 3000
	lane := NewLane[int](open(t), LaneOptions{Slots: slots, Backlog: clients})
	var used, most atomic.Int32
	job := &counting{used: &used, most: &most}
	var done sync.WaitGroup
	for c := range clients {
		done.Go(func() {
			for n := range calls {
				var j Job[int] = countingHere{job}
				if (n+c)%7 == 0 {
					j = job
				}
				a, err := lane.Do(context.Background(), once, j)
				if err != nil {
					t.Error(err)
					return
				}
				used.Add(-1)
				a.Release()
			}
		})
	}
	done.Wait()
	if most.Load() != slots {
		t.Errorf("%d runs and answers at a time, want %d", most.Load(), slots)
	}
	if running, queued := lane.Stats(); running != 0 || queued != 0 {
		t.Errorf("at the end %d running, %d queued", running, queued)
	}
}

// counting counts runs and answers that are not released.
type counting struct {
	empty
	used, most *atomic.Int32
}

func (c *counting) Run(Attempt) (int, error) {
	n := c.used.Add(1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	runtime.Gosched() // so that slots are taken by many at a time, on a single processor too
	return 1, nil
}

type countingHere struct{ *counting }

func (countingHere) Rescue(Answer[int], error) {}
