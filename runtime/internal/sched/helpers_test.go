package sched

import (
	"sync/atomic"
	"testing"
	"time"
)

// nap is a job whose attempts sleep for as long as the list says, the last
// entry again and again.
type nap struct {
	sleeps []time.Duration
	err    error

	started, late, done atomic.Int32
}

func (n *nap) Run(a Attempt) (int, error) {
	n.started.Add(1)
	if len(n.sleeps) > 0 {
		time.Sleep(n.sleeps[min(a.Number, len(n.sleeps))-1])
	}
	return a.Number, n.err
}

func (n *nap) Late(Attempt, int, error) { n.late.Add(1) }
func (n *nap) Done()                    { n.done.Add(1) }

// stuckNap is a nap on the goroutine of Do.
type stuckNap struct {
	nap
	err     error // of the rescue
	rescued atomic.Int32
}

func (n *stuckNap) Rescue(a Answer[int], err error) {
	n.err = err
	n.rescued.Add(1)
	a.Release()
}

// threeTimes is the default policy.
var threeTimes = Policy{Attempts: 3, Patience: time.Minute, RunLimit: 5 * time.Minute}

// once is a plain timeout.
var once = Policy{Attempts: 1, Patience: time.Minute, RunLimit: 5 * time.Minute}

// open returns a scheduler that the test's end closes.
func open(t testing.TB) *Scheduler {
	s := New(Options{IdleWorker: 10 * time.Second})
	t.Cleanup(s.Close)
	return s
}

// empty does nothing, so that a benchmark measures the way there and back.
type empty struct{}

func (empty) Run(Attempt) (int, error) { return 1, nil }
func (empty) Late(Attempt, int, error) {}
func (empty) Done()                    {}

// here is the same for the goroutine of Do.
type here struct{ empty }

func (here) Rescue(Answer[int], error) {}

// crash panics with an error.
type crash struct{ empty }

func (crash) Run(Attempt) (int, error) { panic(errFail) }

// crashHere does so on the goroutine of Do.
type crashHere struct{ here }

func (crashHere) Run(Attempt) (int, error) { panic(errFail) }
