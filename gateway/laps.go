package gateway

import (
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/runtime/meter"
)

// timedOf is of how many requests one is drawn whose steps are timed: reading
// the clock between all of them costs more than most of the steps do.
const timedOf = 32

// laps times the steps of some requests.
type laps struct {
	meter *meter.Meter
	near  uint32 // exchanges that are used on one processor mostly have the same
	timed bool
	began time.Time // of the step under way
}

// newLaps numbers the laps of a new exchange.
func newLaps(m *meter.Meter, nears *atomic.Uint32) laps {
	return laps{meter: m, near: nears.Add(1)}
}

// begin starts a request.
func (l *laps) begin() {
	if l.timed = rand.Uint32N(timedOf) == 0; l.timed {
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
