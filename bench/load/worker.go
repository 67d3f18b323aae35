package load

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
)

// worker says what a connection sends in one phase of a run, and records what
// became of it. It knows nothing of how that travels.
type worker struct {
	g      *generator
	rec    *recorder
	shard  *shard
	random *rand.Rand
	zipfs  []*rand.Zipf // of each message; nil for those whose numbers are all alike
}

func (g *generator) worker(connection int, rec *recorder, s *shard) *worker {
	w := &worker{
		g: g, rec: rec, shard: s,
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

// choose chooses the next message and draws its number.
func (w *worker) choose() (kind int, m *message, number uint64) {
	kind = w.g.chooser.choose(w.random)
	return kind, w.g.messages[kind], w.number(kind)
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

// settle checks what became of a request, an answer or an error, and records it.
// After the end of ctx errors are its doing and don't count.
func (w *worker) settle(ctx context.Context, o *outcome, a *answer, err error) {
	m := w.g.messages[o.kind]
	problem := ""
	if err != nil {
		problem, o.out = err.Error(), 0
	} else {
		o.in = a.bytes
		problem = m.refuses(a)
	}
	switch {
	case problem == "":
		w.rec.answered(w.shard, o)
	case ctx.Err() == nil:
		w.rec.failed(w.shard, o, m.title(), problem)
	}
}

// ration is how many requests may still be sent.
type ration struct {
	limited bool
	left    atomic.Int64
}

// newRation holds count requests; 0 is any number of them.
func newRation(count int64) *ration {
	r := &ration{limited: count > 0}
	r.left.Store(count)
	return r
}

// take takes one of them, and reports whether there was one.
func (r *ration) take() bool { return !r.limited || r.left.Add(-1) >= 0 }
