package pool

import (
	"container/heap"
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
	// Start is the zero of the budget's clock; the zero time is now.
	Start time.Time
}

// Budget is the caps of a server and the sweeper of its pools. It is safe for
// concurrent use. It must be closed, after its pools.
type Budget struct {
	options BudgetOptions
	stop    chan struct{}
	done    sync.WaitGroup

	_     [lineBytes]byte // calls read what stands above
	bytes atomic.Int64
	_     [lineBytes]byte

	mu        sync.Mutex
	instances int
	order     order    // pools that hold instances
	loose     []member // pools whose instances may count for more than they hold, in the order in which they came to
}

// OpenBudget returns a Budget whose sweeper is at work.
func OpenBudget(o BudgetOptions) *Budget {
	if o.Start.IsZero() {
		o.Start = time.Now()
	}
	b := &Budget{options: o, stop: make(chan struct{})}
	b.done.Go(b.sweep)
	return b
}

// Close ends the sweeper and waits for it. The caps stay.
func (b *Budget) Close() {
	close(b.stop)
	b.done.Wait()
}

// Now is the time by the budget's clock, which is never set back.
func (b *Budget) Now() time.Duration { return time.Since(b.options.Start) }

// Stats returns what the pools hold together, instances that are being made
// or closed included. For a sweep or two an instance that was used just now may
// count for as much as if it were in use still.
func (b *Budget) Stats() (instances int, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.instances, b.bytes.Load()
}

// reserve takes a place of the given size for the pool of e, at the cost of
// other pools' idle instances if it must.
func (b *Budget) reserve(e *entry, bytes int64) bool {
	for {
		switch b.tryReserve(e, bytes) {
		case nothing:
			return true
		case memory:
			if b.settle(bytes) {
				continue
			}
		}
		if !b.evict(e) {
			return false
		}
	}
}

// lack is what a budget does not have.
type lack int

const (
	nothing lack = iota
	places
	memory
)

func (b *Budget) tryReserve(e *entry, bytes int64) lack {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.instances >= b.options.MaxInstances {
		return places
	}
	if !b.tryGrow(bytes) {
		return memory
	}
	b.instances++
	if e.count++; e.count == 1 {
		e.since = b.Now()
		heap.Push(&b.order, e)
	}
	return nothing
}

// grow takes more for a place in the pool of e, at the cost of other pools' idle
// instances if it must.
func (b *Budget) grow(e *entry, bytes int64) bool {
	for !b.tryGrow(bytes) {
		if !b.settle(bytes) && !b.evict(e) {
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

// release gives a place in the pool of e back.
func (b *Budget) release(e *entry, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.instances--
	b.bytes.Add(-bytes)
	if e.count--; e.count == 0 {
		heap.Remove(&b.order, e.at)
	}
}

// evict closes the instance that is idle for longest in any pool but that of
// except, and reports whether there was one. An instance counts until its Close
// returned, so that memory is never promised twice.
func (b *Budget) evict(except *entry) bool {
	for {
		other := b.longestIdle(except)
		if other == nil {
			return false
		}
		if other.evict() {
			return true
		}
		// Its instance was taken meanwhile, so it is not the next choice.
	}
}

func (b *Budget) longestIdle(except *entry) member {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.order.oldest(except, b.Now())
}

// loosened takes note of a pool whose instances may count for more than they
// hold.
func (b *Budget) loosened(ms ...member) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.loose = append(b.loose, ms...)
}

// settle frees what instances count for and don't hold until so many bytes fit,
// and reports whether they do. It asks each pool once at most: those that are in
// use may loosen as fast as it settles.
func (b *Budget) settle(bytes int64) (fits bool) {
	for left := b.looseCount(); left > 0 && !b.fits(bytes); left-- {
		if m := b.firstLoose(); m != nil {
			m.settle(forever)
		}
	}
	return b.fits(bytes)
}

func (b *Budget) fits(bytes int64) bool { return b.bytes.Load()+bytes <= b.options.MaxBytes }

func (b *Budget) looseCount() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.loose)
}

func (b *Budget) firstLoose() (m member) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.loose) > 0 {
		m, b.loose[0] = b.loose[0], nil
		b.loose = b.loose[1:]
	}
	return m
}

func (b *Budget) allLoose() []member {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.loose
	b.loose = nil
	return all
}

func (b *Budget) sweep() {
	ticker := time.NewTicker(b.options.Sweep)
	defer ticker.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-ticker.C:
			b.tend(b.Now())
		}
	}
}

// tend settles, closes and lets rest what waits for long enough at now.
func (b *Budget) tend(now time.Duration) {
	var still []member
	for _, m := range b.allLoose() {
		if _, loose := m.settle(now - b.options.Sweep); loose {
			still = append(still, m)
		}
	}
	b.loosened(still...)
	for _, m := range b.members() {
		m.tend(now)
	}
}

func (b *Budget) members() []member {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]member, len(b.order))
	for i, e := range b.order {
		all[i] = e.member
	}
	return all
}
