package pool

import (
	"slices"
	"time"
)

// What follows is the pool's critical sections, a method each.

func (p *Pool[T]) made(r record[T]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.making--
	p.size = r.bytes
	p.used = append(p.used, r)
}

func (p *Pool[T]) unmake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.making--
	p.leftLocked()
}

// putBack makes an instance idle, unless it has done its work; then it is taken
// out for its end. The record is that of the instance in use.
func (p *Pool[T]) putBack(inst T, full, idle int64) (r record[T], kept bool) {
	since := p.options.Budget.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	r = p.takeOutLocked(inst)
	if r.uses > 0 {
		r.uses--
	}
	if r.uses == 0 || p.retired {
		p.ending++
		return r, false
	}
	p.idle = append(p.idle, record[T]{inst: inst, bytes: idle, full: full, uses: r.uses, since: since})
	p.ageLocked()
	return r, true
}

// takeBack takes out an instance for its end that got no room for its use.
func (p *Pool[T]) takeBack(inst T, bytes int64) record[T] {
	r := p.takeOut(inst)
	r.bytes -= bytes
	return r
}

// grown notes that an instance in use holds more.
func (p *Pool[T]) grown(inst T, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &p.used[p.findLocked(inst)]
	r.bytes += bytes
	r.full += bytes
}

// takeOut takes out an instance in use for its end.
func (p *Pool[T]) takeOut(inst T) record[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ending++
	return p.takeOutLocked(inst)
}

func (p *Pool[T]) takeOutLocked(inst T) record[T] {
	at, last := p.findLocked(inst), len(p.used)-1
	r := p.used[at]
	p.used[at] = p.used[last]
	p.used[last] = record[T]{}
	p.used = p.used[:last]
	return r
}

// findLocked looks from the end: the last ones taken are often the first to
// come back.
func (p *Pool[T]) findLocked(inst T) int {
	for at := len(p.used) - 1; at >= 0; at-- {
		if p.used[at].inst == inst {
			return at
		}
	}
	panic("pool: an instance came back that is not in use")
}

// retire takes out all idle instances for their end.
func (p *Pool[T]) retire() []record[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retired = true
	return p.popLocked(len(p.idle))
}

// popOldest takes out the idle instance that came back first for its end.
func (p *Pool[T]) popOldest() []record[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.popLocked(min(len(p.idle), 1))
}

// popExpired takes out what has been idle for too long at now, for its end.
func (p *Pool[T]) popExpired(now time.Duration) []record[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(p.idle) && p.idle[n].since+p.options.Idle <= now {
		n++
	}
	return p.popLocked(n)
}

// popTired takes out what has waited long enough to rest, as if it were to end.
func (p *Pool[T]) popTired(now time.Duration) (tired []record[T]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	keep := p.idle[:0]
	for _, r := range p.idle {
		if r.rests || r.since+p.options.Rest > now {
			keep = append(keep, r)
		} else {
			tired = append(tired, r)
		}
	}
	clear(p.idle[len(keep):])
	p.idle = keep
	p.ending += len(tired)
	p.ageLocked()
	return tired
}

// pushRested puts back in its place what was taken out by popTired, unless the
// pool was retired meanwhile.
func (p *Pool[T]) pushRested(r record[T]) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.retired {
		return false
	}
	at := 0
	for at < len(p.idle) && p.idle[at].since <= r.since {
		at++
	}
	p.idle = slices.Insert(p.idle, at, r)
	p.ending--
	p.ageLocked()
	return true
}

// popLocked takes out the n idle instances that came back first.
func (p *Pool[T]) popLocked(n int) []record[T] {
	out := append([]record[T](nil), p.idle[:n]...)
	rest := copy(p.idle, p.idle[n:])
	clear(p.idle[rest:])
	p.idle = p.idle[:rest]
	p.ending += n
	p.ageLocked()
	return out
}

func (p *Pool[T]) ended() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ending--
	p.leftLocked()
}

// ageLocked keeps oldest, which the budget reads without mu.
func (p *Pool[T]) ageLocked() {
	if len(p.idle) == 0 {
		p.oldest.Store(0)
		return
	}
	p.oldest.Store(int64(p.idle[0].since))
}

// shut lets Get fail and returns what is closed when nothing is left.
func (p *Pool[T]) shut() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		p.empty = make(chan struct{})
		p.leftLocked()
	}
	return p.empty
}

// leftLocked is called whenever something has gone for good.
func (p *Pool[T]) leftLocked() {
	if !p.closed || len(p.idle)+len(p.used)+p.making+p.ending > 0 {
		return
	}
	select {
	case <-p.empty:
	default:
		close(p.empty)
	}
}
