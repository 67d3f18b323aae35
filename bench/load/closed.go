package load

import (
	"context"
	"sync"
	"time"
)

// runClosed has every connection send its next request when it has the answer
// to the last one.
func (e *routines) runClosed(ctx context.Context, rec *recorder, length time.Duration, count int64) {
	end := rec.start.Add(length)
	left := newRation(count)
	var working sync.WaitGroup
	for i, l := range e.links {
		working.Go(func() {
			w := e.g.worker(i, rec, rec.shard(i))
			now := time.Now()
			for now.Before(end) && ctx.Err() == nil && left.take() {
				o := outcome{due: now, sent: now}
				m := e.send(ctx, w, l, &o)
				now = o.done
				if m.Think > 0 && now.Before(end) {
					rest(ctx, min(m.Think, end.Sub(now)))
					now = time.Now()
				}
			}
		})
	}
	working.Wait()
}

// rest waits for d, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// send sends one request, waits for its answer, checks and records it.
func (e *routines) send(ctx context.Context, w *worker, l *link, o *outcome) *message {
	kind, m, number := w.choose()
	a, out, err := l.exchange(ctx, m, number, o.sent)
	o.kind, o.out, o.done = kind, int64(out), time.Now()
	w.settle(ctx, o, a, err)
	if !e.g.opt.KeepAlive {
		l.close()
	}
	return m
}
