package sched

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// The numbers are small, so that everything happens often: full queues, late
// runs, clients that leave, answers in the moment in which patience ends.
const (
	hammerSlots    = 3
	hammerBacklog  = 2
	hammerLanes    = 4
	hammerWorkers  = 48
	hammerPatience = 4 * hammerTick
	hammerTick     = time.Millisecond // all times are multiples: very much happens at one moment
)

// hammerLane counts runs and unreleased answers beside the lane's own count.
type hammerLane struct {
	*Lane[*hammerValue]
	used atomic.Int32
}

// hammerValue is a result, which must be let go of exactly once.
type hammerValue struct {
	job *hammerJob
	let atomic.Int32
}

// hammerJob is used for one call, so that a second Done shows.
type hammerJob struct {
	t       *testing.T
	lane    *hammerLane
	sum     *hammerSum
	running atomic.Int32
	done    atomic.Int32
	runs    [4]time.Duration
	hold    time.Duration // of the answer
}

// hammerHere is the same for the goroutine of Do. Whether a rescue is under way
// when Do returns would show in Done.
type hammerHere struct {
	*hammerJob
	rescues atomic.Int32
}

// Rescue counts like any end of a call.
func (j *hammerHere) Rescue(a Answer[*hammerValue], err error) {
	j.running.Add(1)
	defer j.running.Add(-1)
	if j.rescues.Add(1) != 1 {
		j.t.Error("a call was rescued twice")
	}
	j.sum.rescues.Add(1)
	j.ends(a, err)
}

// hammerSum is what happened in all calls.
type hammerSum struct {
	jobs, done, values, let, late, panics, busy, timeout, left, answers, closed atomic.Int64
	rescues, returns                                                            atomic.Int64
}

var errHammer = errors.New("refused by the run")

func (j *hammerJob) Run(a Attempt) (*hammerValue, error) {
	j.running.Add(1)
	defer j.running.Add(-1)
	if j.done.Load() != 0 {
		j.t.Error("a run starts after Done")
	}
	if n := j.lane.used.Add(1); n > hammerSlots {
		j.t.Errorf("%d slots of %d are in use", n, hammerSlots)
	}
	if d := j.runs[min(a.Number, len(j.runs))-1]; d > 0 {
		time.Sleep(d)
	} else if d < -1 {
		j.lane.used.Add(-1)
		panic("hammer")
	} else if d < 0 {
		j.lane.used.Add(-1)
		return nil, errHammer
	}
	j.sum.values.Add(1)
	return &hammerValue{job: j}, nil
}

func (j *hammerJob) Late(_ Attempt, v *hammerValue, err error) {
	j.sum.late.Add(1)
	if err == nil {
		v.letGo()
	}
}

func (j *hammerJob) Done() {
	if j.done.Add(1) != 1 || j.running.Load() != 0 {
		j.t.Errorf("done %d times with %d running", j.done.Load(), j.running.Load())
	}
	j.sum.done.Add(1)
}

// letGo is called while the slot is still held.
func (v *hammerValue) letGo() {
	if v.let.Add(1) != 1 {
		v.job.t.Error("a value was let go of twice")
	}
	v.job.sum.let.Add(1)
	v.job.lane.used.Add(-1)
}

// TestLane_survivesTheHammer is in fake time, which stands still while anything
// runs: so what is due at one moment is decided in parallel. synctest fails if
// a goroutine is left or nobody can go on.
func TestLane_survivesTheHammer(t *testing.T) {
	for name, closeAfter := range map[string]time.Duration{
		"to the end":          time.Hour,
		"closed on their way": 200 * hammerTick,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testHammer(t, closeAfter) })
		})
	}
}

func testHammer(t *testing.T, closeAfter time.Duration) {
	const rounds = 400
	s := New(Options{IdleWorker: time.Millisecond})
	var lanes [hammerLanes]*hammerLane
	for i := range lanes {
		lanes[i] = &hammerLane{Lane: NewLane[*hammerValue](s, LaneOptions{Slots: hammerSlots, Backlog: hammerBacklog})}
	}
	var sum hammerSum
	var done sync.WaitGroup
	for w := range hammerWorkers {
		done.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(w), 29))
			for range rounds {
				lane := lanes[rnd.IntN(hammerLanes)]
				hammerOnce(rnd, &hammerJob{t: t, lane: lane, sum: &sum})
			}
		})
	}
	closing := time.AfterFunc(closeAfter, s.Close)
	defer closing.Stop()
	done.Wait()
	s.Close()
	if sum.jobs.Load() != sum.done.Load() || sum.values.Load() != sum.let.Load() {
		t.Errorf("%d jobs, %d done; %d values, %d let go", sum.jobs.Load(), sum.done.Load(), sum.values.Load(), sum.let.Load())
	}
	ended := sum.busy.Load() + sum.timeout.Load() + sum.left.Load() + sum.answers.Load() + sum.panics.Load() + sum.closed.Load()
	if want := int64(hammerWorkers * rounds); ended != want || sum.jobs.Load() != want {
		t.Errorf("%d calls, %d ends, want %d", sum.jobs.Load(), ended, want)
	}
	if sum.rescues.Load() != sum.returns.Load() || sum.rescues.Load() == 0 {
		t.Errorf("%d rescues, %d returns after one", sum.rescues.Load(), sum.returns.Load())
	}
	if sum.late.Load() == 0 || sum.busy.Load() == 0 || sum.timeout.Load() == 0 || sum.left.Load() == 0 {
		t.Errorf("too gentle: late %d, busy %d, timeout %d, left %d", sum.late.Load(), sum.busy.Load(), sum.timeout.Load(), sum.left.Load())
	}
	for _, l := range lanes {
		if running, queued := l.Stats(); running != 0 || queued != 0 || l.waits.first != nil {
			t.Errorf("at the end %d running, %d queued", running, queued)
		}
	}
	if n := s.calls.Inside(); n != 0 {
		t.Errorf("%d calls are not done", n)
	}
}

func hammerTicks(rnd *rand.Rand, n int) time.Duration { return time.Duration(rnd.IntN(n)) * hammerTick }

func hammerOnce(rnd *rand.Rand, j *hammerJob) {
	for i := range j.runs {
		j.runs[i] = hammerTicks(rnd, 7)
		if rnd.IntN(3) == 0 {
			j.runs[i] = time.Duration(rnd.IntN(3)) - 2 // panics, fails or answers at once
		}
	}
	ctx, cancel := context.Background(), context.CancelFunc(func() {})
	if rnd.IntN(3) == 0 {
		ctx, cancel = context.WithTimeout(ctx, hammerTicks(rnd, 9))
	}
	defer cancel()
	sum := j.sum
	sum.jobs.Add(1)
	policy := Policy{Attempts: 1 + rnd.IntN(3), Patience: hammerPatience, RunLimit: time.Second}
	j.hold = hammerTicks(rnd, 2)
	if rnd.IntN(2) == 0 {
		j.ends(j.lane.Do(ctx, policy, j))
		return
	}
	j.lane.s.Watch(ctx)
	h := &hammerHere{hammerJob: j}
	a, err := j.lane.Do(ctx, policy, h)
	if errors.Is(err, ErrRescued) != (h.rescues.Load() == 1) {
		j.t.Errorf("Do: %v after %d rescues", err, h.rescues.Load())
	}
	if errors.Is(err, ErrRescued) {
		sum.returns.Add(1)
		return
	}
	j.ends(a, err)
}

// ends counts how a call ended.
func (j *hammerJob) ends(a Answer[*hammerValue], err error) {
	sum := j.sum
	var crash *PanicError
	switch {
	case err == nil:
		sum.answers.Add(1)
		if a.Value.job != j {
			j.t.Error("the answer of another call")
		}
		if j.done.Load() != 0 {
			j.t.Error("done before the answer was released")
		}
		time.Sleep(j.hold)
		a.Value.letGo()
	case errors.Is(err, ErrBusy):
		sum.busy.Add(1)
	case errors.Is(err, ErrTimeout):
		sum.timeout.Add(1)
	case errors.Is(err, context.DeadlineExceeded):
		sum.left.Add(1)
	case errors.Is(err, errHammer), errors.As(err, &crash):
		sum.panics.Add(1)
	case errors.Is(err, ErrClosed):
		sum.closed.Add(1)
	default:
		j.t.Errorf("Do: %v", err)
	}
	a.Release()
}
