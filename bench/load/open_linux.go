package load

import (
	"context"
	goruntime "runtime"
	"time"
)

// launchesAtOnce is how many requests a poller sends without a look at what its
// sockets bring.
const launchesAtOnce = 64

// runOpen has every poller send its share of what is due, and returns how many
// requests they had to give up because the server was too far behind.
func (e *pollers) runOpen(ctx context.Context, rec *recorder, length time.Duration, count int64) (unsent int64) {
	left := make([]int64, e.count)
	e.each(ctx, func(i int, p *poller) {
		left[i] = p.runOpen(ctx, rec, rec.shard(i), e.g.limit(rec.start, length), e.g.share(rec.start, length, count, i, e.count))
	})
	for _, n := range left {
		unsent += n
	}
	return unsent
}

// runOpen sends every arrival of the share when it is due, or as soon after that
// as a socket is idle. It returns how many are left at the end.
func (p *poller) runOpen(ctx context.Context, rec *recorder, shard *shard, end time.Time, share *share) (unsent int64) {
	goruntime.LockOSThread() // whose slack is set
	defer goruntime.UnlockOSThread()
	setSlack(smallestSlack)
	defer setSlack(usualSlack)
	p.enter(ctx, rec, shard, end)
	p.share, p.active, p.idle = share, 0, queue{}
	for _, s := range p.sockets {
		p.idle.push(s)
	}
	p.poll()
	if p.over {
		return 0
	}
	return share.giveUp()
}

// busy reports whether there is, or will be, something to do.
func (p *poller) busy() bool {
	return p.active > 0 || p.share != nil && p.share.more && p.now.Before(p.end)
}

// launching returns when to send the next arrival; false when there is none, or
// no socket for it.
func (p *poller) launching() (due time.Time, ok bool) {
	if p.share == nil || !p.share.more || p.idle.first == nil || !p.now.Before(p.end) {
		return time.Time{}, false
	}
	return p.share.due, true
}

// launch sends the arrivals that are due, each on the socket that has been idle
// for longest, so that every connection is used. An arrival that is late though
// that socket was idle in time is late because of the poller.
func (p *poller) launch() {
	for range launchesAtOnce {
		due, ok := p.launching()
		if !ok || due.After(p.now) {
			return
		}
		s := p.idle.pop()
		late := time.Duration(0)
		if !s.outcome.done.After(due) {
			late = p.now.Sub(due)
		}
		p.share.advance()
		p.active++
		p.prepare(s, due, late)
		p.drive(s)
		p.now = time.Now()
	}
}

// queue is the idle sockets, the one that has been idle for longest first.
type queue struct{ first, last *socket }

func (q *queue) push(s *socket) {
	if q.first == nil {
		q.first = s
	} else {
		q.last.next = s
	}
	q.last, s.next = s, nil
}

// pop takes the first of them; there must be one.
func (q *queue) pop() *socket {
	s := q.first
	q.first, s.next = s.next, nil
	return s
}
