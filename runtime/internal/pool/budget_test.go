package pool

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestBudget_closesWhatIsIdleForLongestInAnotherPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, 3, 1000)
		m := &maker{bytes: 10}
		pools := make([]*Pool[*instance], 4)
		idle := make([]*Place[*instance], 3)
		for i := range pools {
			pools[i] = newPool(t, options(b, m))
		}
		for _, i := range []int{1, 0, 2} {
			idle[i] = get(t, pools[i])
			put(pools[i], idle[i])
			time.Sleep(time.Second)
		}
		for n, want := range []int{1, 0, 2} {
			got := get(t, pools[3])
			defer pools[3].Drop(got)
			if idle[want].Instance.closed.Load() != 1 {
				t.Fatalf("get %d: pool %d still has its instance", n, want)
			}
		}
		if _, err := pools[0].Get(t.Context(), &Near{}); !errors.Is(err, ErrFull) {
			t.Fatalf("err = %v, want %v: all are in use", err, ErrFull)
		}
	})
}

func TestBudget_countsBytes(t *testing.T) {
	b := open(t, 100, 35)
	m := &maker{bytes: 10}
	p := newPool(t, options(b, m))
	used := []*Place[*instance]{get(t, p), get(t, p), get(t, p)}
	if _, err := p.Get(t.Context(), &Near{}); !errors.Is(err, ErrFull) {
		t.Fatalf("err = %v, want %v: 40 bytes don't fit in 35", err, ErrFull)
	}
	used[0].Instance.bytes.Store(14)
	put(p, used[0])
	if _, got := b.Stats(); got != 34 {
		t.Fatalf("budget holds %d bytes, want 34", got)
	}
	put(p, used[1])
	put(p, used[2])
}

func TestBudget_countsLessForWhatIsIdle(t *testing.T) {
	const unit = maxLoose // a difference of 8 is counted at once
	b := open(t, 100, 35*unit)
	m := &maker{bytes: 10 * unit}
	p := newPool(t, options(b, m))
	used := []*Place[*instance]{get(t, p), get(t, p), get(t, p)}
	for n, i := range used {
		i.Instance.idle.Store(2 * unit)
		put(p, i)
		if _, got := b.Stats(); got != int64(30-8*(n+1))*unit {
			t.Fatalf("budget holds %d bytes, want %d", got, (30-8*(n+1))*unit)
		}
	}
	last := get(t, p)
	if _, got := b.Stats(); got != 14*unit {
		t.Fatalf("budget holds %d bytes, want %d", got, 14*unit)
	}
	put(p, last)
}

func TestBudget_countsAtOnceWhatNoUseWouldTake(t *testing.T) {
	b := open(t, 100, 100)
	p := newPool(t, options(b, &maker{bytes: 10}))
	l := get(t, p)
	if !p.Grow(l, 20) {
		t.Fatal("there was room for 20 bytes")
	}
	l.Instance.idle.Store(2) // and it is as small as before
	put(p, l)
	if _, got := b.Stats(); got != 2 {
		t.Fatalf("budget holds %d bytes, want 2", got)
	}
}

func TestBudget_settlesWhatWasNotUsedSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, 100, 35)
		p := newPool(t, options(b, &maker{bytes: 10}))
		old, young := get(t, p), get(t, p)
		old.Instance.idle.Store(2)
		young.Instance.idle.Store(3)
		put(p, old)
		if _, got := b.Stats(); got != 20 {
			t.Errorf("budget holds %d bytes, want 20: so little is not worth a word", got)
		}
		time.Sleep(1500 * time.Millisecond)
		put(p, young)
		time.Sleep(600 * time.Millisecond)
		synctest.Wait()
		if _, got := b.Stats(); got != 12 {
			t.Errorf("budget holds %d bytes, want 12: one waits for longer than a sweep", got)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if _, got := b.Stats(); got != 5 {
			t.Errorf("budget holds %d bytes, want 5: both do", got)
		}
		last := get(t, p)
		if _, got := b.Stats(); got != 12 {
			t.Errorf("budget holds %d bytes, want 12: one is in use", got)
		}
		put(p, last)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if _, got := b.Stats(); got != 5 {
			t.Errorf("budget holds %d bytes, want 5 once more", got)
		}
	})
}

func TestBudget_settlesBeforeItCloses(t *testing.T) {
	b := open(t, 100, 35)
	m := &maker{bytes: 10}
	p, q, other := newPool(t, options(b, m)), newPool(t, options(b, m)), newPool(t, options(b, m))
	all := []*Place[*instance]{get(t, p), get(t, p), get(t, q)}
	for _, l := range all {
		l.Instance.idle.Store(2)
		put(l.pool, l)
	}
	if _, got := b.Stats(); got != 30 {
		t.Fatalf("budget holds %d bytes, want 30", got)
	}
	late := get(t, other)
	if !other.Grow(late, 18) { // 6 are held, so 29 are free
		t.Fatal("an instance may not grow though what is in the way is promised only")
	}
	for n, l := range all {
		if l.Instance.closed.Load() != 0 {
			t.Fatalf("instance %d was closed though there was room", n)
		}
	}
	if _, got := b.Stats(); got != 34 {
		t.Fatalf("budget holds %d bytes, want 34", got)
	}
	if !other.Grow(late, 2) {
		t.Fatal("an instance may not grow at the cost of what is idle")
	}
	gone := int32(0)
	for _, l := range all {
		gone += l.Instance.closed.Load()
	}
	if _, got := b.Stats(); gone != 1 || got != 34 {
		t.Fatalf("%d instances closed, budget holds %d bytes; want 1, 34", gone, got)
	}
	other.Drop(late)
}

func TestBudget_letsInstancesGrow(t *testing.T) {
	b := open(t, 100, 35)
	p, other := newPool(t, options(b, &maker{bytes: 10})), newPool(t, options(b, &maker{bytes: 10}))
	grows, idle := get(t, p), get(t, other)
	put(other, idle)
	if !p.Grow(grows, 12) || idle.Instance.closed.Load() != 0 {
		t.Fatal("there was room for 12 bytes, and nothing had to be closed")
	}
	if !p.Grow(grows, 13) || idle.Instance.closed.Load() != 1 {
		t.Fatal("there was room for 13 bytes, at the cost of what is idle")
	}
	if p.Grow(grows, 1) {
		t.Fatal("an instance grew past the budget")
	}
	grows.Instance.bytes.Store(35)
	put(p, grows)
	if _, got := b.Stats(); got != 35 {
		t.Fatalf("budget holds %d bytes, want 35", got)
	}
	p.Drop(get(t, p))
}

func TestPool_closesWhatFindsNoRoomForItsUse(t *testing.T) {
	b := open(t, 100, 25)
	p, other := newPool(t, options(b, &maker{bytes: 10})), newPool(t, options(b, &maker{bytes: 20}))
	small := get(t, p)
	small.Instance.idle.Store(1)
	put(p, small)
	used := get(t, other)
	if _, err := p.Get(t.Context(), &Near{}); !errors.Is(err, ErrFull) {
		t.Fatalf("err = %v, want %v", err, ErrFull)
	}
	if n, bytes := b.Stats(); n != 1 || bytes != 20 || small.Instance.closed.Load() != 1 {
		t.Fatalf("budget holds %d instances, %d bytes, want 1 with 20", n, bytes)
	}
	put(other, used)
}

func TestBudget_learnsWhatAnInstanceHolds(t *testing.T) {
	b := open(t, 100, 35)
	small := newPool(t, options(b, &maker{bytes: 10}))
	kept := []*Place[*instance]{get(t, small), get(t, small), get(t, small)}
	for _, i := range kept {
		put(small, i)
	}
	o := options(b, &maker{bytes: 20})
	o.Bytes = 1 // the guess is wrong: it fits at first
	large := newPool(t, o)
	put(large, get(t, large))
	if got := kept[0].Instance.closed.Load() + kept[1].Instance.closed.Load() + kept[2].Instance.closed.Load(); got != 2 {
		t.Fatalf("%d instances made room, want 2", got)
	}
	o = options(b, &maker{bytes: 36})
	o.Bytes = 1
	vast := newPool(t, o)
	if _, err := vast.Get(t.Context(), &Near{}); !errors.Is(err, ErrFull) {
		t.Fatalf("err = %v, want %v", err, ErrFull)
	}
	if n, bytes := b.Stats(); n != 0 || bytes != 0 {
		t.Fatalf("budget holds %d instances, %d bytes, want none", n, bytes)
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
			rnd, near := rand.New(rand.NewPCG(uint64(w), 1)), Near{}
			for range rounds {
				hammer(t, rnd, &near, b, all[rnd.IntN(pools)])
			}
		})
	}
	done.Wait()
	for _, p := range all[1:] {
		p.Retire()
	}
}

func hammer(t *testing.T, rnd *rand.Rand, near *Near, b *Budget, p *Pool[*instance]) {
	l, err := p.Get(t.Context(), near)
	if errors.Is(err, ErrFull) || errors.Is(err, errMake) {
		return
	}
	if err != nil {
		t.Errorf("Get: %v", err)
		return
	}
	inst := l.Instance
	if inst.busy.Add(1) != 1 {
		t.Errorf("instance %d is used by two", inst.number)
	}
	if inst.closed.Load() != 0 {
		t.Errorf("instance %d was closed before", inst.number)
	}
	if n, bytes := b.Stats(); n < 1 || n > 6 || bytes < 0 || bytes > 90 {
		t.Errorf("budget holds %d instances, %d bytes, want 6 with 90 at most", n, bytes)
	}
	if more := rnd.Int64N(4); p.Grow(l, more) {
		inst.bytes.Add(more)
	}
	inst.idle.Store(1 + rnd.Int64N(9))
	inst.busy.Add(-1)
	switch rnd.IntN(10) {
	case 0:
		p.Drop(l)
	case 1:
		b.tend(b.Now())
		p.Put(l, near, b.Now())
	default:
		p.Put(l, near, b.Now())
	}
}
