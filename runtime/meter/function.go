package meter

import (
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/trail"
)

// Gauges asks for the numbers that are read rather than counted. Each function
// may be nil, which reads 0, and must be safe for concurrent use.
type Gauges struct {
	Running   func() int // runs that hold a slot
	Queued    func() int // attempts that wait for a slot
	Instances func() int // instances alive, idle ones included
}

// Function counts for one version of a function. Its methods are safe for
// concurrent use and allocate nothing, but for the first call that ends with a
// code new to the function.
type Function struct {
	series  *series
	meter   *Meter
	key     name
	version string
	gauges  atomic.Pointer[Gauges]
}

// Watch says where the handle's gauges are read from now on. A writing that had
// begun may still read the old ones, after Close as well.
func (f *Function) Watch(g Gauges) { f.gauges.Store(&g) }

// Call counts a finished call and what it took from the request to the answer.
// code is "" for a reply that was delivered. near is a number that those on one
// processor mostly share, here and below.
func (f *Function) Call(near uint32, code fault.Code, took time.Duration) {
	one := f.series.shards.of(near)
	if code == "" {
		one.delivered.Add(1)
	} else {
		f.meter.call(f.series, code).Add(1)
	}
	one.call.observe(f.meter.callBounds, took)
}

// Attempt is what there is to count of an attempt that ended.
type Attempt struct {
	Number int           // 1 is the first; all later ones are reruns too
	Queued time.Duration // the wait for its slot
	Ran    time.Duration // from getting the slot to the end of the run
	CPU    int64         // units that the run spent
}

// Attempt counts an attempt that ended.
func (f *Function) Attempt(near uint32, a Attempt) {
	one, bounds := f.series.shards.of(near), f.meter.callBounds
	one.attempts.Add(1)
	if a.Number > 1 {
		f.series.reruns.Add(1)
	}
	one.queue.observe(bounds, a.Queued)
	one.run.observe(bounds, a.Ran)
	if a.CPU > 0 {
		one.cpu.Add(a.CPU)
	}
}

// LateRun counts a run that ended after its call was answered.
func (f *Function) LateRun() { f.series.lateRuns.Add(1) }

// ColdStart counts an instance that was made because none was idle.
func (f *Function) ColdStart() { f.series.coldStarts.Add(1) }

// Reset observes how long it took to make an instance's memory clean.
func (f *Function) Reset(near uint32, took time.Duration) {
	f.series.shards.of(near).reset.observe(f.meter.resetBounds, took)
}

// Close ends the handle: its gauges are asked no more, and the function's
// series go when this was the last of its handles. Observations that come later
// are lost. It may be called more than once.
func (f *Function) Close() { f.meter.close(f) }

// Trace adds what counting a call touches that takes no long time.
func (f *Function) Trace(t *trail.Trail, near uint32) {
	trail.Of(t, f)
	s := f.series
	trail.Of(t, s)
	one := s.shards.of(near)
	trail.Of(t, s.shards.place(near))
	for _, count := range []*tally{&one.call, &one.queue, &one.run, &one.reset} {
		trail.Of(t, &count.sum)
		trail.Of(t, &count.buckets[0])
	}
}
