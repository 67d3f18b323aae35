package load

import (
	"math/rand/v2"
	"time"
)

// schedule is the moments of an open load, one after the other.
type schedule struct {
	rate   float64
	random *rand.Rand // nil for even arrivals
	index  float64
	at     float64 // seconds
}

func newSchedule(rate float64, arrivals Arrivals, seed uint64) *schedule {
	s := &schedule{rate: rate}
	if arrivals == Random {
		s.random = rand.New(rand.NewPCG(seed, 1))
	}
	return s
}

// next returns how long after the start the next request is due.
func (s *schedule) next() time.Duration {
	if s.random == nil {
		s.at = s.index / s.rate
		s.index++
	} else {
		s.at += s.random.ExpFloat64() / s.rate
	}
	return time.Duration(s.at * float64(time.Second))
}

// share is the arrivals of a phase that one of several takers sends. Each taker
// walks the whole schedule and leaves out what is others', so that none waits
// for another and all together send the schedule exactly.
type share struct {
	due  time.Time // of the next arrival
	more bool      // there is a next one

	schedule *schedule
	start    time.Time
	length   time.Duration
	count    int64 // of the arrivals of all takers, at most; 0 is no bound
	passed   int64 // of them, this taker's next one included

	// Arrivals go round the connections, and connections round the takers.
	connections, takers, taker int64
}

// share returns what is due to one of takers in a phase.
func (g *generator) share(start time.Time, length time.Duration, count int64, taker, takers int) *share {
	s := &share{
		more: true, schedule: newSchedule(g.opt.Rate, g.opt.Arrivals, g.opt.Seed),
		start: start, length: length, count: count,
		connections: int64(g.opt.Connections), takers: int64(takers), taker: int64(taker),
	}
	s.advance()
	return s
}

// advance goes to the next arrival.
func (s *share) advance() {
	for {
		offset := s.schedule.next()
		if offset >= s.length || s.count > 0 && s.passed == s.count {
			s.more = false
			return
		}
		s.passed++
		if (s.passed-1)%s.connections%s.takers == s.taker {
			s.due = s.start.Add(offset)
			return
		}
	}
}

// giveUp leaves no arrivals, and returns how many there were.
func (s *share) giveUp() (unsent int64) {
	for ; s.more; s.advance() {
		unsent++
	}
	return unsent
}

// limit returns until when an open load that began at start may send.
func (g *generator) limit(start time.Time, length time.Duration) time.Time {
	return start.Add(overtime*length + g.opt.Patience)
}
