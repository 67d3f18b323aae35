package load

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// runClosed has every connection send its next request when it has the answer
// to the last one.
func (g *generator) runClosed(ctx context.Context, rec *recorder, length time.Duration, count int64) {
	if count == 0 {
		count = math.MaxInt64
	}
	end := rec.start.Add(length)
	var claimed atomic.Int64
	var working sync.WaitGroup
	for i, l := range g.links {
		working.Go(func() {
			w := g.worker(i, l, rec)
			now := time.Now()
			for now.Before(end) && ctx.Err() == nil && claimed.Add(1) <= count {
				o := outcome{due: now, sent: now}
				m := w.send(ctx, &o)
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

// worker sends the requests of one connection.
type worker struct {
	g      *generator
	link   *link
	rec    *recorder
	shard  *shard
	random *rand.Rand
	zipfs  []*rand.Zipf // of each message; nil for those whose numbers are all alike
}

func (g *generator) worker(connection int, l *link, rec *recorder) *worker {
	w := &worker{
		g: g, link: l, rec: rec, shard: rec.shard(connection),
		random: rand.New(rand.NewPCG(g.opt.Seed, uint64(connection))),
		zipfs:  make([]*rand.Zipf, len(g.messages)),
	}
	for i, m := range g.messages {
		if m.Zipf > 0 && m.Numbers > 0 {
			w.zipfs[i] = rand.NewZipf(w.random, m.Zipf, float64(1+m.Rank), uint64(m.Numbers-1))
		}
	}
	return w
}

// number draws the number of a message.
func (w *worker) number(kind int) uint64 {
	m := w.g.messages[kind]
	switch {
	case m.Numbers == 0:
		return 0
	case w.zipfs[kind] != nil:
		return w.zipfs[kind].Uint64()
	}
	return w.random.Uint64N(uint64(m.Numbers))
}

// send sends one request, waits for its answer, checks and records it.
func (w *worker) send(ctx context.Context, o *outcome) *message {
	o.kind = w.g.chooser.choose(w.random)
	m := w.g.messages[o.kind]
	a, out, err := w.link.exchange(ctx, m, w.number(o.kind), o.sent)
	o.done = time.Now()
	problem := ""
	if err != nil {
		problem = err.Error()
	} else {
		o.in, o.out = a.bytes, int64(out)
		problem = m.refuses(a)
	}
	switch {
	case problem == "":
		w.g.answered.Add(1)
		w.rec.answered(w.shard, o)
	case ctx.Err() == nil:
		w.rec.failed(w.shard, o, m.title(), problem)
	}
	if !w.g.opt.KeepAlive {
		w.link.close()
	}
	return m
}
