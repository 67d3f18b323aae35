package meter

import (
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/abi/fault"
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
// code is "" for a reply that was delivered.
func (f *Function) Call(code fault.Code, took time.Duration) {
	f.meter.call(f.series, code).Inc()
	f.series.callSeconds.observe(took)
}

// Attempt counts an attempt. Numbers start at 1; all later ones are reruns too.
func (f *Function) Attempt(number int) {
	f.series.attempts.Inc()
	if number > 1 {
		f.series.reruns.Inc()
	}
}

// Queue observes how long an attempt waited for its slot.
func (f *Function) Queue(waited time.Duration) { f.series.queueSeconds.observe(waited) }

// Run observes a run that ended: how long it held its slot and how many units
// of CPU it spent.
func (f *Function) Run(took time.Duration, cpu int64) {
	f.series.runSeconds.observe(took)
	if cpu > 0 {
		f.series.cpuUnits.AddInt64(cpu)
	}
}

// LateRun counts a run that ended after its call was answered.
func (f *Function) LateRun() { f.series.lateRuns.Inc() }

// ColdStart counts an instance that was made because none was idle.
func (f *Function) ColdStart() { f.series.coldStarts.Inc() }

// Reset observes how long it took to make an instance's memory clean.
func (f *Function) Reset(took time.Duration) { f.series.resetSeconds.observe(took) }

// Close ends the handle: its gauges are asked no more, and the function's
// series go when this was the last of its handles. Observations that come later
// are lost. It may be called more than once.
func (f *Function) Close() { f.meter.close(f) }
