package load

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// arrival is a request that is due.
type arrival struct {
	due  time.Time
	late time.Duration // from then until a connection could have it
}

// waitingArrivals is how many arrivals may wait between the pacer and the
// connections. Those beyond are not lost: the pacer knows when they were due.
const waitingArrivals = 1024

// runOpen sends a request at every moment of the schedule, whatever the server
// does, and returns how many it had to give up because the server was too far
// behind.
func (e *routines) runOpen(ctx context.Context, rec *recorder, length time.Duration, count int64) (unsent int64) {
	due := make(chan arrival, waitingArrivals)
	limit, cancel := context.WithDeadline(ctx, rec.start.Add(overtime*length+e.g.opt.Patience))
	defer cancel()
	var taken atomic.Int64
	var working sync.WaitGroup
	for i, l := range e.links {
		working.Go(func() {
			w := e.g.worker(i, rec, rec.shard(i))
			for a := range due {
				if limit.Err() != nil {
					continue
				}
				taken.Add(1)
				e.send(ctx, w, l, &outcome{due: a.due, sent: time.Now(), late: a.late})
			}
		})
	}
	planned := e.g.pace(limit, due, rec.start, length, count)
	working.Wait()
	if ctx.Err() != nil {
		return 0
	}
	return planned - taken.Load()
}

// pace hands arrivals out as they become due and closes the channel after the
// last one. It returns how many the schedule has, those included that nobody
// could take before ctx ended.
func (g *generator) pace(ctx context.Context, due chan<- arrival, start time.Time, length time.Duration, count int64) (planned int64) {
	defer close(due)
	s := newSchedule(g.opt.Rate, g.opt.Arrivals, g.opt.Seed)
	behind := false // the connections are, so that lateness is not the pacer's
	for {
		offset := s.next()
		if offset >= length || (count > 0 && planned == count) {
			return planned
		}
		planned++
		if ctx.Err() != nil {
			continue
		}
		a := arrival{due: start.Add(offset)}
		now := time.Now()
		if now.Before(a.due) {
			behind = false
			waitUntil(ctx, a.due)
			now = time.Now()
		}
		if !behind {
			a.late = max(now.Sub(a.due), 0)
		}
		select {
		case due <- a:
			continue
		default:
			behind = true
		}
		select {
		case due <- a:
		case <-ctx.Done():
		}
	}
}

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
