package load

import (
	"context"
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
	limit, cancel := context.WithDeadline(ctx, e.g.limit(rec.start, length))
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
	all := e.g.share(rec.start, length, count, 0, 1)
	handed := pace(limit, due, all)
	working.Wait()
	if ctx.Err() != nil {
		return 0
	}
	return handed + all.giveUp() - taken.Load()
}

// pace hands the arrivals of s out as they become due, until ctx ends, and closes
// the channel after the last one. It returns how many those were, the last one
// included though nobody may have taken it.
func pace(ctx context.Context, due chan<- arrival, s *share) (handed int64) {
	defer close(due)
	behind := false // the connections are, so that lateness is not the pacer's
	for ; s.more && ctx.Err() == nil; s.advance() {
		handed++
		a := arrival{due: s.due}
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
	return handed
}
