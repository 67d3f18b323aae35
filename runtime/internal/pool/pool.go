// Package pool keeps instances of one version for the calls to come: each is
// used by one call at a time, by the core that used it before if it can be, and
// never again after a failure. It is not what makes an instance or cleans its
// memory; its user does both.
package pool

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Errors of Get that come from the pool itself.
var (
	// ErrFull says that the pool's cap, or the budget, is used up by
	// instances that are in use.
	ErrFull = errors.New("no room for another instance")
	// ErrClosed says that the pool gives no more instances.
	ErrClosed = errors.New("pool is closed")
)

// Instance is what a pool keeps. No method is called with a lock of the pool
// held.
type Instance interface {
	// Close frees the instance. It is called exactly once.
	Close()
	// Bytes is how much memory the instance may hold while it is in use. It
	// is asked after the instance was made and at every Put.
	Bytes() int64
	// IdleBytes is how much it holds while it waits, Bytes at most. It is
	// asked at every Put.
	IdleBytes() int64
	// Rest gives back memory that the next use would only take anew, at the
	// cost of that use. It is called for an instance that has waited for a
	// while. After an error the instance is closed.
	Rest() error
}

// Options describe a Pool.
type Options[T Instance] struct {
	// Make makes an instance. It is called concurrently, and with no lock of
	// the pool held.
	Make func(ctx context.Context) (T, error)
	// Budget is shared by the pools of a server and must not be nil.
	Budget *Budget
	// MaxInstances is the cap of this pool, those in use included.
	MaxInstances int
	// Bytes is how much memory the first instance is thought to hold. The
	// pool learns from those it has made.
	Bytes int64
	// Idle is how long an instance is kept without work; 0 is forever. The
	// budget's sweeper looks at its own pace.
	Idle time.Duration
	// Rest is how long it waits before it rests; 0 is forever.
	Rest time.Duration
	// MinUses and MaxUses are how often an instance is used before it is
	// closed: a number drawn for each, so that leaks show and instances
	// don't all end at once. MaxUses 0 is without end.
	MinUses, MaxUses int
}

// Pool is the instances of one version. It is safe for concurrent use. An idle
// pool has no goroutine and costs little.
//
// Instances that were used just now wait in slots, where Get and Put find and lay
// them without a lock: cores that use a pool at the same time write to no line
// of memory that they share. All others are in idle, under mu; whoever looks for
// an instance for another reason than to use it brings those of the slots there
// first.
type Pool[T Instance] struct {
	options Options[T]
	slots   atomic.Pointer[slots[T]] // made with the first instance
	mode    atomic.Uint32            // written with mu held
	loose   atomic.Bool              // the budget knows that there may be something to settle
	_       [lineBytes]byte          // what follows is written often, what stands above is not

	mu     sync.Mutex
	idle   []*Place[T]   // settled; the last one came back last
	held   int           // instances that are idle, in use or being made
	ending int           // instances that are being closed
	size   int64         // what the next instance is thought to hold
	empty  chan struct{} // made by Close; closed when nothing is left
	oldest atomic.Int64  // when the first of idle came back, by the budget's clock; 0 is none
	entry  entry
}

// The mode of a pool is usual or some of the others.
const (
	usual   = 0
	closed  = 1 << (iota - 1) // Get fails
	retired                   // what comes back is closed
	wanted                    // somebody looks for an instance who must not miss any
)

// New returns an empty pool.
func New[T Instance](o Options[T]) *Pool[T] {
	p := &Pool[T]{options: o, size: o.Bytes}
	p.entry.member = p
	return p
}

// Get returns an instance that is the caller's alone until Put or Drop: the
// idle one that lies nearest, or a new one. If the budget is used up, the
// instance of another pool that is idle for longest is closed for it. Get does
// not wait for room: without any it returns [ErrFull]. ctx goes to Make.
func (p *Pool[T]) Get(ctx context.Context, near *Near) (*Place[T], error) {
	l := p.find(near)
	if l == nil {
		var bytes int64
		var err error
		if l, bytes, err = p.take(near); err != nil {
			return nil, err
		}
		if l == nil {
			return p.make(ctx, bytes)
		}
	}
	if more := l.full - l.bytes; more > 0 {
		if !p.options.Budget.grow(&p.entry, more) {
			p.takeOut()
			p.end(l)
			return nil, ErrFull
		}
		l.bytes = l.full
	}
	l.busy = true
	return l, nil
}

// Grow takes room for so many bytes by which an instance in use is about to
// grow, if it must at the cost of other pools' idle instances. Without room it
// reports false, and the instance must stay as it is.
func (p *Pool[T]) Grow(l *Place[T], bytes int64) bool {
	if !p.options.Budget.grow(&p.entry, bytes) {
		return false
	}
	l.bytes += bytes
	l.full += bytes
	return true
}

// Put takes back an instance that is healthy and clean again, at now by the
// budget's clock. It is closed instead if it was used often enough or if its
// version is retired.
func (p *Pool[T]) Put(l *Place[T], near *Near, now time.Duration) {
	p.mustUse(l)
	if !l.back(now) {
		p.takeOut()
		p.end(l)
		return
	}
	if !p.lay(l, near) && !p.push(l) {
		p.end(l)
	}
}

// Drop closes an instance that is suspect.
func (p *Pool[T]) Drop(l *Place[T]) {
	p.mustUse(l)
	l.busy = false
	p.takeOut()
	p.end(l)
}

// Retire says that the version was replaced: idle instances are closed now,
// those in use when they come back. Calls that are on their way may still Get.
func (p *Pool[T]) Retire() {
	p.endAll(p.retire())
}

// Close retires the pool, lets Get fail, and waits until every instance has
// come back and is closed.
func (p *Pool[T]) Close() {
	empty := p.shut()
	p.Retire()
	<-empty
}

// Stats returns how many instances wait and how many are in use or being made.
// Calls go on meanwhile, so it is about right.
func (p *Pool[T]) Stats() (idle, used int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	idle = len(p.idle)
	for i := range p.laid() {
		if p.laid()[i].place.Load() != nil {
			idle++
		}
	}
	return idle, max(p.held-idle, 0)
}

func (p *Pool[T]) mustUse(l *Place[T]) {
	if l.pool != p || !l.busy {
		panic("pool: an instance came back that is not in use")
	}
}

// laid returns the slots; none before there is an instance.
func (p *Pool[T]) laid() slots[T] {
	if s := p.slots.Load(); s != nil {
		return *s
	}
	return nil
}

// find takes an idle instance from the slots.
func (p *Pool[T]) find(near *Near) *Place[T] {
	if p.mode.Load() != usual {
		return nil
	}
	return p.laid().take(near)
}

// lay puts an idle instance in a slot if there is one for it. Whoever changes
// the mode and looks through the slots then, leaves none behind: what was laid
// meanwhile is taken out again.
func (p *Pool[T]) lay(l *Place[T], near *Near) bool {
	if p.mode.Load() != usual {
		return false
	}
	if !l.fair() {
		l.settle()
	}
	loose := l.bytes > l.idle
	all := p.laid()
	at := all.lay(l, near)
	if at < 0 {
		return false
	}
	if p.mode.Load() != usual && all[at].place.CompareAndSwap(l, nil) {
		return false
	}
	if loose && !p.loose.Load() && p.loose.CompareAndSwap(false, true) {
		p.options.Budget.loosened(p)
	}
	return true
}

// make fills the place that take took, or gives it up.
func (p *Pool[T]) make(ctx context.Context, bytes int64) (*Place[T], error) {
	b := p.options.Budget
	if !b.reserve(&p.entry, bytes) {
		p.unmake()
		return nil, ErrFull
	}
	kept := false
	defer func() { // also when Make panics
		if !kept {
			b.release(&p.entry, bytes)
			p.unmake()
		}
	}()
	inst, err := p.options.Make(ctx)
	if err != nil {
		return nil, err
	}
	actual := inst.Bytes()
	fits := b.resize(actual - bytes)
	bytes = actual
	for !fits {
		if !b.settle(0) && !b.evict(&p.entry) {
			inst.Close()
			return nil, ErrFull
		}
		fits = b.resize(0)
	}
	kept = true
	p.made(bytes)
	return &Place[T]{Instance: inst, pool: p, bytes: bytes, full: bytes, uses: p.draw(), busy: true}, nil
}

// draw is how often a new instance may be used.
func (p *Pool[T]) draw() int32 {
	low, high := p.options.MinUses, p.options.MaxUses
	if high <= 0 {
		return -1
	}
	return int32(min(max(low+rand.IntN(max(high-low, 0)+1), 1), math.MaxInt32))
}

// end closes an instance that was taken out.
func (p *Pool[T]) end(l *Place[T]) {
	l.Instance.Close()
	p.options.Budget.release(&p.entry, l.bytes)
	p.ended()
}

func (p *Pool[T]) endAll(out []*Place[T]) {
	for _, l := range out {
		p.end(l)
	}
}
