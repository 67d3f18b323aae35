package pool

import (
	"math"
	"runtime"
	"slices"
	"time"
)

// What follows is the pool's critical sections, a method each.

// forever is later than any time.
const forever = time.Duration(math.MaxInt64)

// take finds an idle instance. Without one it takes a place for a new one, which
// is thought to hold bytes.
func (p *Pool[T]) take(near *Near) (l *Place[T], bytes int64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mode.Load()&closed != 0 {
		return nil, 0, ErrClosed
	}
	if last := len(p.idle) - 1; last >= 0 {
		l = p.idle[last]
		p.idle[last] = nil
		p.idle = p.idle[:last]
		p.ageLocked()
		return l, 0, nil
	}
	if l = p.searchLocked(near); l != nil {
		return l, 0, nil
	}
	if p.held >= p.options.MaxInstances {
		return nil, 0, ErrFull
	}
	if p.slots.Load() == nil {
		s := make(slots[T], min(p.options.MaxInstances, slotsPerCore*runtime.GOMAXPROCS(0)))
		p.slots.Store(&s)
	}
	p.held++
	return nil, p.size, nil
}

// searchLocked finds an instance in the slots if there was one all the time.
// Whoever looks through them while others take and lay may miss one that moves:
// it was not yet here and is no longer there. So they stand still: others take
// none meanwhile, but for those that were about to, and lay none.
func (p *Pool[T]) searchLocked(near *Near) *Place[T] {
	all, mode := p.laid(), p.mode.Load()
	if all == nil {
		return nil
	}
	p.mode.Store(mode | wanted)
	defer p.mode.Store(mode)
	return all.take(near)
}

func (p *Pool[T]) made(bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size = bytes
}

// unmake gives up the place of an instance that could not be made.
func (p *Pool[T]) unmake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held--
	p.leftLocked()
}

// push makes an instance idle, unless the pool was retired; then it is taken out
// for its end.
func (p *Pool[T]) push(l *Place[T]) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mode.Load()&retired != 0 {
		p.leaveLocked(1)
		return false
	}
	p.insertLocked(l)
	p.ageLocked()
	return true
}

// takeOut takes out an instance in use for its end.
func (p *Pool[T]) takeOut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leaveLocked(1)
}

// retire takes out all idle instances for their end.
func (p *Pool[T]) retire() []*Place[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode.Store(p.mode.Load() | retired)
	p.gatherLocked(forever)
	return p.popLocked(len(p.idle))
}

// popOldest takes out the idle instance that came back first for its end.
func (p *Pool[T]) popOldest() []*Place[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gatherLocked(forever)
	return p.popLocked(min(len(p.idle), 1))
}

// popExpired takes out what has been idle for too long at now, for its end.
func (p *Pool[T]) popExpired(now time.Duration) []*Place[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gatherLocked(now - p.options.Idle)
	n := 0
	for n < len(p.idle) && p.idle[n].idleSince()+p.options.Idle <= now {
		n++
	}
	return p.popLocked(n)
}

// popTired takes out what has waited long enough to rest, as if it were to end.
func (p *Pool[T]) popTired(now time.Duration) (tired []*Place[T]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gatherLocked(now - p.options.Rest)
	keep := p.idle[:0]
	for _, l := range p.idle {
		if l.rests || l.idleSince()+p.options.Rest > now {
			keep = append(keep, l)
		} else {
			tired = append(tired, l)
		}
	}
	clear(p.idle[len(keep):])
	p.idle = keep
	p.leaveLocked(len(tired))
	p.ageLocked()
	return tired
}

// pushRested puts back in its place what was taken out by popTired, unless the
// pool was retired meanwhile.
func (p *Pool[T]) pushRested(l *Place[T]) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mode.Load()&retired != 0 {
		return false
	}
	p.leaveLocked(-1)
	p.insertLocked(l)
	p.ageLocked()
	return true
}

// tighten settles what was laid in the slots until latest. It returns what that
// frees, and reports whether younger ones wait there still.
func (p *Pool[T]) tighten(latest time.Duration) (freed int64, others bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	freed = p.gatherLocked(latest)
	for i := range p.laid() {
		l := p.laid()[i].place.Load()
		others = others || l != nil && l.idleSince() > latest
	}
	return freed, others
}

// gatherLocked moves what was laid in the slots until latest to idle, and
// returns what that frees. What is laid meanwhile may stay.
func (p *Pool[T]) gatherLocked(latest time.Duration) (freed int64) {
	all := p.laid()
	for i := range all {
		l := all[i].place.Load()
		if l != nil && l.idleSince() <= latest && all[i].place.CompareAndSwap(l, nil) {
			freed += p.insertLocked(l)
		}
	}
	p.ageLocked()
	return freed
}

// insertLocked settles l, puts it in idle and returns what that frees.
func (p *Pool[T]) insertLocked(l *Place[T]) (freed int64) {
	at, since := len(p.idle), l.idleSince()
	for at > 0 && p.idle[at-1].idleSince() > since {
		at--
	}
	p.idle = slices.Insert(p.idle, at, l)
	return l.settle()
}

// popLocked takes out the n idle instances that came back first.
func (p *Pool[T]) popLocked(n int) []*Place[T] {
	out := slices.Clone(p.idle[:n])
	p.idle = slices.Delete(p.idle, 0, n)
	p.leaveLocked(n)
	p.ageLocked()
	return out
}

// leaveLocked counts n instances as being closed.
func (p *Pool[T]) leaveLocked(n int) {
	p.held -= n
	p.ending += n
}

func (p *Pool[T]) ended() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ending--
	p.leftLocked()
}

// ageLocked keeps oldest, which is read without mu.
func (p *Pool[T]) ageLocked() {
	var oldest time.Duration
	if len(p.idle) > 0 {
		oldest = p.idle[0].idleSince()
	}
	if time.Duration(p.oldest.Load()) != oldest {
		p.oldest.Store(int64(oldest))
	}
}

// shut lets Get fail and returns what is closed when nothing is left.
func (p *Pool[T]) shut() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.empty == nil {
		p.mode.Store(p.mode.Load() | closed)
		p.empty = make(chan struct{})
		p.leftLocked()
	}
	return p.empty
}

// leftLocked is called whenever something has gone for good.
func (p *Pool[T]) leftLocked() {
	if p.empty == nil || p.held+p.ending > 0 {
		return
	}
	select {
	case <-p.empty:
	default:
		close(p.empty)
	}
}
