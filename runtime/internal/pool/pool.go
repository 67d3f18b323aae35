// Package pool keeps instances of one version for the calls to come: each is
// used by one call at a time, the newest first, and never again after a
// failure. It is not what makes an instance or cleans its memory; its user
// does both.
package pool

import (
	"context"
	"errors"
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

// Instance is what a pool keeps. Values are compared to find them again, so a
// pointer is best. No method is called with a lock of the pool held.
type Instance interface {
	comparable
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
	// Idle is how long an instance is kept without work. The budget's
	// sweeper looks at its own pace.
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
type Pool[T Instance] struct {
	options Options[T]
	oldest  atomic.Int64 // when the first of idle came back, by the budget's clock; 0 is none

	mu      sync.Mutex
	idle    []record[T] // the last one came back last
	used    []record[T]
	making  int   // places of instances that are being made
	ending  int   // instances that are being closed
	size    int64 // what the next instance is thought to hold
	retired bool
	closed  bool
	empty   chan struct{} // made by Close; closed when nothing is left
}

// record is an instance and what the pool knows of it.
type record[T Instance] struct {
	inst  T
	bytes int64         // what the budget holds for it
	full  int64         // what it may hold while it is in use
	uses  int           // how many are left; negative is without end
	since time.Duration // when it came back, by the budget's clock
	rests bool          // it has nothing to give back
}

// New returns an empty pool.
func New[T Instance](o Options[T]) *Pool[T] {
	return &Pool[T]{options: o, size: o.Bytes}
}

// Get returns an instance that is the caller's alone until Put or Drop: the
// idle one that came back last, or a new one. If the budget is used up, the
// instance of another pool that is idle for longest is closed for it. Get does
// not wait for room: without any it returns [ErrFull]. ctx goes to Make.
func (p *Pool[T]) Get(ctx context.Context) (T, error) {
	inst, found, bytes, err := p.take()
	switch {
	case err != nil:
		return inst, err
	case !found:
		return p.make(ctx, bytes)
	case bytes > 0 && !p.options.Budget.grow(p, bytes):
		var none T
		p.end(p.takeBack(inst, bytes))
		return none, ErrFull
	}
	return inst, nil
}

// Grow takes room for so many bytes by which an instance in use is about to
// grow, if it must at the cost of other pools' idle instances. Without room it
// reports false, and the instance must stay as it is.
func (p *Pool[T]) Grow(inst T, bytes int64) bool {
	if !p.options.Budget.grow(p, bytes) {
		return false
	}
	p.grown(inst, bytes)
	return true
}

// Put takes back an instance that is healthy and clean again. It is closed
// instead if it was used often enough or if its version is retired.
func (p *Pool[T]) Put(inst T) {
	full, idle := inst.Bytes(), inst.IdleBytes()
	r, kept := p.putBack(inst, full, idle)
	if !kept {
		p.end(r)
		return
	}
	if more := idle - r.bytes; more != 0 {
		p.options.Budget.resize(more)
	}
}

// Drop closes an instance that is suspect.
func (p *Pool[T]) Drop(inst T) {
	p.end(p.takeOut(inst))
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
func (p *Pool[T]) Stats() (idle, used int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle), len(p.used) + p.making
}

// take finds an idle instance, which bytes more are to be taken for. Without
// one it takes a place for a new one, which is thought to hold bytes.
func (p *Pool[T]) take() (inst T, found bool, bytes int64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	switch {
	case p.closed:
		return inst, false, 0, ErrClosed
	case last >= 0:
		r := p.idle[last]
		p.idle[last] = record[T]{}
		p.idle = p.idle[:last]
		bytes, r.bytes = r.full-r.bytes, r.full
		p.used = append(p.used, r)
		p.ageLocked()
		return r.inst, true, bytes, nil
	case len(p.used)+p.making >= p.options.MaxInstances:
		return inst, false, 0, ErrFull
	}
	p.making++
	return inst, false, p.size, nil
}

// make fills the place that take took, or gives it up.
func (p *Pool[T]) make(ctx context.Context, bytes int64) (inst T, err error) {
	b := p.options.Budget
	if !b.reserve(p, bytes) {
		p.unmake()
		return inst, ErrFull
	}
	kept := false
	defer func() { // also when Make panics
		if !kept {
			b.release(p, bytes)
			p.unmake()
		}
	}()
	made, err := p.options.Make(ctx)
	if err != nil {
		return inst, err
	}
	actual := made.Bytes()
	fits := b.resize(actual - bytes)
	bytes = actual
	for !fits {
		if !b.evict(p) {
			made.Close()
			return inst, ErrFull
		}
		fits = b.resize(0)
	}
	kept = true
	p.made(record[T]{inst: made, bytes: bytes, full: bytes, uses: p.draw()})
	return made, nil
}

// draw is how often a new instance may be used.
func (p *Pool[T]) draw() int {
	low, high := p.options.MinUses, p.options.MaxUses
	if high <= 0 {
		return -1
	}
	return max(low+rand.IntN(max(high-low, 0)+1), 1)
}

// end closes an instance that is in no list any more.
func (p *Pool[T]) end(r record[T]) {
	r.inst.Close()
	p.options.Budget.release(p, r.bytes)
	p.ended()
}

func (p *Pool[T]) endAll(rs []record[T]) {
	for _, r := range rs {
		p.end(r)
	}
}
