package pool

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
)

func TestBudget_closesWhatIsIdleForLongestInAnotherPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, 3, 1000)
		m := &maker{bytes: 10}
		pools := make([]*Pool[*instance], 4)
		idle := make([]*instance, 3)
		for i := range pools {
			pools[i] = newPool(t, options(b, m))
		}
		for _, i := range []int{1, 0, 2} {
			idle[i] = get(t, pools[i])
			pools[i].Put(idle[i])
			time.Sleep(time.Second)
		}
		for n, want := range []int{1, 0, 2} {
			got := get(t, pools[3])
			defer pools[3].Drop(got)
			if idle[want].closed.Load() != 1 {
				t.Fatalf("get %d: pool %d still has its instance", n, want)
			}
		}
		if _, err := pools[0].Get(t.Context()); !errors.Is(err, ErrFull) {
			t.Fatalf("err = %v, want %v: all are in use", err, ErrFull)
		}
	})
}

func TestBudget_countsBytes(t *testing.T) {
	b := open(t, 100, 35)
	m := &maker{bytes: 10}
	p := newPool(t, options(b, m))
	used := []*instance{get(t, p), get(t, p), get(t, p)}
	if _, err := p.Get(t.Context()); !errors.Is(err, ErrFull) {
		t.Fatalf("err = %v, want %v: 40 bytes don't fit in 35", err, ErrFull)
	}
	used[0].bytes.Store(14)
	p.Put(used[0])
	if _, got := b.Stats(); got != 34 {
		t.Fatalf("budget holds %d bytes, want 34", got)
	}
	p.Put(used[1])
	p.Put(used[2])
}

func TestBudget_countsLessForWhatIsIdle(t *testing.T) {
	b := open(t, 100, 35)
	m := &maker{bytes: 10}
	p := newPool(t, options(b, m))
	used := []*instance{get(t, p), get(t, p), get(t, p)}
	for n, i := range used {
		i.idle.Store(2)
		p.Put(i)
		if _, got := b.Stats(); got != int64(30-8*(n+1)) {
			t.Fatalf("budget holds %d bytes, want %d", got, 30-8*(n+1))
		}
	}
	last := get(t, p)
	if _, got := b.Stats(); got != 14 {
		t.Fatalf("budget holds %d bytes, want 14", got)
	}
	p.Put(last)
}

func TestBudget_letsInstancesGrow(t *testing.T) {
	b := open(t, 100, 35)
	p, other := newPool(t, options(b, &maker{bytes: 10})), newPool(t, options(b, &maker{bytes: 10}))
	grows, idle := get(t, p), get(t, other)
	other.Put(idle)
	if !p.Grow(grows, 12) || idle.closed.Load() != 0 {
		t.Fatal("there was room for 12 bytes, and nothing had to be closed")
	}
	if !p.Grow(grows, 13) || idle.closed.Load() != 1 {
		t.Fatal("there was room for 13 bytes, at the cost of what is idle")
	}
	if p.Grow(grows, 1) {
		t.Fatal("an instance grew past the budget")
	}
	grows.bytes.Store(35)
	p.Put(grows)
	if _, got := b.Stats(); got != 35 {
		t.Fatalf("budget holds %d bytes, want 35", got)
	}
	p.Drop(get(t, p))
}

func TestPool_closesWhatFindsNoRoomForItsUse(t *testing.T) {
	b := open(t, 100, 25)
	p, other := newPool(t, options(b, &maker{bytes: 10})), newPool(t, options(b, &maker{bytes: 20}))
	small := get(t, p)
	small.idle.Store(1)
	p.Put(small)
	used := get(t, other)
	if _, err := p.Get(t.Context()); !errors.Is(err, ErrFull) {
		t.Fatalf("err = %v, want %v", err, ErrFull)
	}
	if n, bytes := b.Stats(); n != 1 || bytes != 20 || small.closed.Load() != 1 {
		t.Fatalf("budget holds %d instances, %d bytes, want 1 with 20", n, bytes)
	}
	other.Put(used)
}

func TestBudget_learnsWhatAnInstanceHolds(t *testing.T) {
	b := open(t, 100, 35)
	small := newPool(t, options(b, &maker{bytes: 10}))
	kept := []*instance{get(t, small), get(t, small), get(t, small)}
	for _, i := range kept {
		small.Put(i)
	}
	o := options(b, &maker{bytes: 20})
	o.Bytes = 1 // the guess is wrong: it fits at first
	large := newPool(t, o)
	large.Put(get(t, large))
	if got := kept[0].closed.Load() + kept[1].closed.Load() + kept[2].closed.Load(); got != 2 {
		t.Fatalf("%d instances made room, want 2", got)
	}
	o = options(b, &maker{bytes: 36})
	o.Bytes = 1
	vast := newPool(t, o)
	if _, err := vast.Get(t.Context()); !errors.Is(err, ErrFull) {
		t.Fatalf("err = %v, want %v", err, ErrFull)
	}
	if n, bytes := b.Stats(); n != 0 || bytes != 0 {
		t.Fatalf("budget holds %d instances, %d bytes, want none", n, bytes)
	}
}

func TestPool_costsLittleWhileIdle(t *testing.T) {
	if got := unsafe.Sizeof(Pool[*instance]{}); got > 256 {
		t.Fatalf("an idle pool is %d bytes, want 256 at most", got)
	}
}

// TestPool_survivesTheHammer has many goroutines use few pools with little
// room. The budget's own check at the end proves that nothing leaks.
func TestPool_survivesTheHammer(t *testing.T) {
	const pools, workers, rounds = 4, 16, 300
	b := open(t, 6, 90)
	m := &maker{bytes: 10}
	var all [pools]*Pool[*instance]
	for i := range all {
		o := options(b, m)
		o.Idle = time.Millisecond
		o.MinUses, o.MaxUses = 1, 20
		if i == 0 {
			make := o.Make
			o.Make = func(ctx context.Context) (*instance, error) {
				if rand.IntN(4) == 0 {
					return nil, errMake
				}
				return make(ctx)
			}
		}
		all[i] = newPool(t, o)
	}
	var done sync.WaitGroup
	for w := range workers {
		done.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(w), 1))
			for range rounds {
				hammer(t, rnd, b, all[rnd.IntN(pools)])
			}
		})
	}
	done.Wait()
	for _, p := range all[1:] {
		p.Retire()
	}
}

func hammer(t *testing.T, rnd *rand.Rand, b *Budget, p *Pool[*instance]) {
	inst, err := p.Get(t.Context())
	if errors.Is(err, ErrFull) || errors.Is(err, errMake) {
		return
	}
	if err != nil {
		t.Errorf("Get: %v", err)
		return
	}
	if inst.busy.Add(1) != 1 {
		t.Errorf("instance %d is used by two", inst.number)
	}
	if inst.closed.Load() != 0 {
		t.Errorf("instance %d was closed before", inst.number)
	}
	if n, bytes := b.Stats(); n < 1 || n > 6 || bytes < 0 {
		t.Errorf("budget holds %d instances, %d bytes", n, bytes)
	}
	if n, bytes := b.Stats(); bytes > 90 {
		t.Errorf("budget holds %d instances, %d bytes, want 90 at most", n, bytes)
	}
	if more := rnd.Int64N(4); p.Grow(inst, more) {
		inst.bytes.Add(more)
	}
	inst.idle.Store(1 + rnd.Int64N(9))
	inst.busy.Add(-1)
	switch rnd.IntN(10) {
	case 0:
		p.Drop(inst)
	case 1:
		p.sweep(b.now())
		p.rest(b.now())
		p.Put(inst)
	default:
		p.Put(inst)
	}
}
