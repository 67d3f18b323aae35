package pool

import "time"

// member is a pool of any type, as a budget sees it.
type member interface {
	// idleSince is when the oldest idle instance came back; 0 is none. It
	// takes no lock.
	idleSince() time.Duration
	// evict closes the oldest idle instance and reports whether there was
	// one.
	evict() bool
	// settle counts the instances that came back until latest for what they
	// hold, and returns what that frees. A pool that has others notes itself
	// as loose again and reports so.
	settle(latest time.Duration) (freed int64, loose bool)
	// tend closes what has been idle for too long at now and lets those rest
	// that have waited for long enough.
	tend(now time.Duration)
}

func (p *Pool[T]) idleSince() time.Duration {
	oldest := time.Duration(p.oldest.Load())
	all := p.laid()
	for i := range all {
		if l := all[i].place.Load(); l != nil {
			if since := l.idleSince(); oldest == 0 || since < oldest {
				oldest = since
			}
		}
	}
	return oldest
}

func (p *Pool[T]) evict() bool {
	out := p.popOldest()
	p.endAll(out)
	return len(out) > 0
}

// settle takes the note away before it looks: who lays an instance afterwards
// leaves another one.
func (p *Pool[T]) settle(latest time.Duration) (freed int64, loose bool) {
	p.loose.Store(false)
	freed, others := p.tighten(latest)
	return freed, others && p.loose.CompareAndSwap(false, true)
}

func (p *Pool[T]) tend(now time.Duration) {
	if p.waitsFor(p.options.Idle, now) {
		p.endAll(p.popExpired(now))
	}
	if p.waitsFor(p.options.Rest, now) {
		for _, l := range p.popTired(now) {
			p.rest(l)
		}
	}
}

// waitsFor reports whether an instance is idle for so long at now; 0 is forever.
func (p *Pool[T]) waitsFor(long, now time.Duration) bool {
	since := p.idleSince()
	return long > 0 && since > 0 && since+long <= now
}

func (p *Pool[T]) rest(l *Place[T]) {
	if l.Instance.Rest() != nil {
		p.end(l)
		return
	}
	l.idle, l.rests = l.Instance.IdleBytes(), true
	if !p.pushRested(l) {
		p.end(l)
	}
}
