package gateway

import (
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/runtime/meter"
)

// timedEvery is how many requests go by for one whose steps are timed: reading
// the clock between all of them costs more than most of the steps do.
const timedEvery = 32

// laps times the steps of one request in so many.
type laps struct {
	meter *meter.Meter
	near  uint32 // exchanges that are used on one processor mostly have the same
	seen  uint32
	timed bool
	began time.Time // of the step under way
}

// newLaps numbers the laps of a new exchange.
func newLaps(m *meter.Meter, nears *atomic.Uint32) laps {
	return laps{meter: m, near: nears.Add(1)}
}

// begin starts a request.
func (l *laps) begin() {
	l.seen++
	if l.timed = l.seen%timedEvery == 0; l.timed {
		l.began = time.Now()
	}
}

// end says that the step under way is over and the next one begins.
func (l *laps) end(s meter.Step) {
	if l.timed {
		now := time.Now()
		l.meter.Step(l.near, s, now.Sub(l.began))
		l.began = now
	}
}

// skip says that a step begins after something that others time.
func (l *laps) skip() {
	if l.timed {
		l.began = time.Now()
	}
}
