package pool

import (
	"sync"
	"sync/atomic"
	"time"
)

// BudgetOptions are what all pools of a server may hold together.
type BudgetOptions struct {
	MaxInstances int
	MaxBytes     int64
	// Sweep is how often instances are looked for that are idle for too
	// long.
	Sweep time.Duration
}

// Budget is the caps of a server and the sweeper of its pools. It is safe for
// concurrent use. It must be closed, after its pools.
type Budget struct {
	options BudgetOptions
	start   time.Time
	stop    chan struct{}
	done    sync.WaitGroup

	bytes atomic.Int64

	mu        sync.Mutex
	instances int
	members   map[member]int // pools that hold instances, and how many
}

// member is a pool of any type.
type member interface {
	// idleSince is when the oldest idle instance came back; 0 is none. It
	// takes no lock.
	idleSince() time.Duration
	// keeps is how long an idle instance is kept.
	keeps() time.Duration
	// evict closes the oldest idle instance and reports whether there was
	// one.
	evict() bool
	// sweep closes what has been idle for too long at now.
	sweep(now time.Duration)
	// rests is how long an idle instance waits before it rests; 0 is forever.
	rests() time.Duration
	// rest lets those rest that have waited for so long at now.
	rest(now time.Duration)
}

// OpenBudget returns a Budget whose sweeper is at work.
func OpenBudget(o BudgetOptions) *Budget {
	b := &Budget{
		options: o,
		// A clock that never shows 0 lets 0 mean none.
		start:   time.Now().Add(-1),
		stop:    make(chan struct{}),
		members: make(map[member]int),
	}
	b.done.Go(b.sweep)
	return b
}

// Close ends the sweeper and waits for it. The caps stay.
func (b *Budget) Close() {
	close(b.stop)
	b.done.Wait()
}

// Stats returns what the pools hold together, instances that are being made
// or closed included.
func (b *Budget) Stats() (instances int, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.instances, b.bytes.Load()
}

// reserve takes a place of the given size for m, at the cost of other pools'
// idle instances if it must.
func (b *Budget) reserve(m member, bytes int64) bool {
	for !b.tryReserve(m, bytes) {
		if !b.evict(m) {
			return false
		}
	}
	return true
}

func (b *Budget) tryReserve(m member, bytes int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.instances >= b.options.MaxInstances || !b.tryGrow(bytes) {
		return false
	}
	b.instances++
	b.members[m]++
	return true
}

// grow takes more for a place of m, at the cost of other pools' idle instances
// if it must.
func (b *Budget) grow(m member, bytes int64) bool {
	for !b.tryGrow(bytes) {
		if !b.evict(m) {
			return false
		}
	}
	return true
}

func (b *Budget) tryGrow(bytes int64) bool {
	for {
		held := b.bytes.Load()
		if held+bytes > b.options.MaxBytes {
			return false
		}
		if b.bytes.CompareAndSwap(held, held+bytes) {
			return true
		}
	}
}

// resize corrects what a place holds and reports whether all places fit.
func (b *Budget) resize(grown int64) (fits bool) {
	return b.bytes.Add(grown) <= b.options.MaxBytes
}

// release gives a place of m back.
func (b *Budget) release(m member, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.instances--
	b.bytes.Add(-bytes)
	if b.members[m]--; b.members[m] == 0 {
		delete(b.members, m)
	}
}

// evict closes the instance that is idle for longest in any pool but m's, and
// reports whether there was one. An instance counts until its Close returned,
// so that memory is never promised twice.
func (b *Budget) evict(m member) bool {
	for {
		other := b.longestIdle(m)
		if other == nil {
			return false
		}
		if other.evict() {
			return true
		}
		// Its instance was taken meanwhile, so it is not the next choice.
	}
}

func (b *Budget) longestIdle(except member) (found member) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var first time.Duration
	for m := range b.members {
		since := m.idleSince()
		if m != except && since > 0 && (found == nil || since < first) {
			found, first = m, since
		}
	}
	return found
}

func (b *Budget) sweep() {
	ticker := time.NewTicker(b.options.Sweep)
	defer ticker.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-ticker.C:
			now := b.now()
			for _, m := range b.idleFor(now, member.keeps) {
				m.sweep(now)
			}
			for _, m := range b.idleFor(now, member.rests) {
				m.rest(now)
			}
		}
	}
}

// idleFor returns the pools with an instance that is idle for as long as limit
// says.
func (b *Budget) idleFor(now time.Duration, limit func(member) time.Duration) (found []member) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for m := range b.members {
		if since, most := m.idleSince(), limit(m); since > 0 && most > 0 && since+most <= now {
			found = append(found, m)
		}
	}
	return found
}

// now is how pools reckon: never set back, and never 0.
func (b *Budget) now() time.Duration { return time.Since(b.start) }

func (p *Pool[T]) idleSince() time.Duration { return time.Duration(p.oldest.Load()) }
func (p *Pool[T]) keeps() time.Duration     { return p.options.Idle }
func (p *Pool[T]) rests() time.Duration     { return p.options.Rest }

func (p *Pool[T]) evict() bool {
	out := p.popOldest()
	p.endAll(out)
	return len(out) > 0
}

func (p *Pool[T]) sweep(now time.Duration) { p.endAll(p.popExpired(now)) }

func (p *Pool[T]) rest(now time.Duration) {
	for _, r := range p.popTired(now) {
		if r.inst.Rest() != nil {
			p.end(r)
			continue
		}
		idle := r.inst.IdleBytes()
		p.options.Budget.resize(idle - r.bytes)
		r.bytes, r.rests = idle, true
		if !p.pushRested(r) {
			p.end(r)
		}
	}
}
