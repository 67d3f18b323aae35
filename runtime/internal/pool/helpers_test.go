package pool

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// instance is the smallest real one: it remembers what was done with it.
type instance struct {
	number int
	bytes  atomic.Int64
	idle   atomic.Int64 // while it waits; 0: bytes
	busy   atomic.Int32
	closed atomic.Int32
	rested atomic.Int32
	tough  atomic.Bool // it can't rest
}

func (i *instance) Close()       { i.closed.Add(1) }
func (i *instance) Bytes() int64 { return i.bytes.Load() }

func (i *instance) IdleBytes() int64 {
	if n := i.idle.Load(); n > 0 {
		return n
	}
	return i.bytes.Load()
}

func (i *instance) Rest() error {
	if i.tough.Load() {
		return errRest
	}
	i.rested.Add(1)
	i.idle.Store(1)
	return nil
}

var errRest = errors.New("no rest")

// maker counts the instances it makes.
type maker struct {
	made  atomic.Int32
	bytes int64
	fails atomic.Bool
}

var errMake = errors.New("no such module")

func (m *maker) make(context.Context) (*instance, error) {
	if m.fails.Load() {
		return nil, errMake
	}
	i := &instance{number: int(m.made.Add(1))}
	i.bytes.Store(m.bytes)
	return i, nil
}

// open returns a budget that the test's end closes and checks: what pools give
// back must be all they took.
func open(t testing.TB, instances int, bytes int64) *Budget {
	b := OpenBudget(BudgetOptions{MaxInstances: instances, MaxBytes: bytes, Sweep: time.Second})
	t.Cleanup(func() {
		b.Close()
		if t.Failed() {
			return
		}
		if n, bytes := b.Stats(); n != 0 || bytes != 0 || len(b.order) != 0 {
			t.Errorf("budget still holds %d instances, %d bytes, %d pools", n, bytes, len(b.order))
		}
	})
	return b
}

// options are those of a pool with room for four instances of 10 bytes.
func options(b *Budget, m *maker) Options[*instance] {
	return Options[*instance]{Make: m.make, Budget: b, MaxInstances: 4, Bytes: m.bytes, Idle: time.Minute}
}

// newPool returns a pool that the test's end closes, before its budget.
func newPool(t testing.TB, o Options[*instance]) *Pool[*instance] {
	p := New(o)
	t.Cleanup(func() {
		if !t.Failed() { // then it may wait for ever
			p.Close()
		}
	})
	return p
}

func get(t testing.TB, p *Pool[*instance]) *Place[*instance] {
	t.Helper()
	l, err := p.Get(t.Context(), &Near{})
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	if l.Instance.closed.Load() != 0 {
		t.Fatalf("instance %d was closed before", l.Instance.number)
	}
	return l
}

// put puts an instance back now.
func put(p *Pool[*instance], l *Place[*instance]) {
	p.Put(l, &Near{}, p.options.Budget.Now())
}
