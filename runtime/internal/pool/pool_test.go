package pool

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func TestPool_givesTheNewestFirst(t *testing.T) {
	p := newPool(t, options(open(t, 8, 80), &maker{bytes: 10}))
	a, b, c := get(t, p), get(t, p), get(t, p)
	for at, l := range []*Place[*instance]{b, c, a} {
		p.Put(l, &Near{}, time.Duration(at+1))
	}
	p.settle(forever) // in a slot is what was used just now, whoever comes
	for _, want := range []*Place[*instance]{a, c, b} {
		if got := get(t, p); got != want {
			t.Fatalf("got instance %d, want %d", got.Instance.number, want.Instance.number)
		}
	}
	for _, l := range []*Place[*instance]{a, b, c} {
		put(p, l)
	}
}

func TestPool_neverGivesADroppedInstanceAgain(t *testing.T) {
	m := &maker{bytes: 10}
	p := newPool(t, options(open(t, 8, 80), m))
	a := get(t, p)
	p.Drop(a)
	if got := a.Instance.closed.Load(); got != 1 {
		t.Fatalf("closed %d times, want once", got)
	}
	b := get(t, p)
	if b == a {
		t.Fatal("the dropped instance came back")
	}
	put(p, b)
}

func TestPool_isFullAtItsCap(t *testing.T) {
	m := &maker{bytes: 10}
	p := newPool(t, options(open(t, 8, 80), m))
	var used []*Place[*instance]
	for range 4 {
		used = append(used, get(t, p))
	}
	if _, err := p.Get(t.Context(), &Near{}); !errors.Is(err, ErrFull) {
		t.Fatalf("err = %v, want %v", err, ErrFull)
	}
	p.Drop(used[3])
	used[3] = get(t, p)
	for _, i := range used {
		put(p, i)
	}
	if idle, busy := p.Stats(); idle != 4 || busy != 0 {
		t.Fatalf("idle, used = %d, %d, want 4, 0", idle, busy)
	}
}

func TestPool_givesAPlaceBackWhenMakeFails(t *testing.T) {
	m := &maker{bytes: 10}
	b := open(t, 1, 10)
	p := newPool(t, options(b, m))
	m.fails.Store(true)
	for range 3 {
		if _, err := p.Get(t.Context(), &Near{}); !errors.Is(err, errMake) {
			t.Fatalf("err = %v, want %v", err, errMake)
		}
	}
	if n, bytes := b.Stats(); n != 0 || bytes != 0 {
		t.Fatalf("budget holds %d instances, %d bytes, want none", n, bytes)
	}
	m.fails.Store(false)
	put(p, get(t, p))
}

func TestPool_givesAPlaceBackWhenMakePanics(t *testing.T) {
	m := &maker{bytes: 10}
	b := open(t, 1, 10)
	o := options(b, m)
	o.Make = func(context.Context) (*instance, error) { panic("no memory") }
	p := newPool(t, o)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = p.Get(t.Context(), &Near{})
	}()
	if n, bytes := b.Stats(); n != 0 || bytes != 0 {
		t.Fatalf("budget holds %d instances, %d bytes, want none", n, bytes)
	}
}

func TestPool_closesAnInstanceThatWasUsedOften(t *testing.T) {
	m := &maker{bytes: 10}
	o := options(open(t, 8, 80), m)
	o.MinUses, o.MaxUses = 3, 5
	p := newPool(t, o)
	for range 20 {
		first := get(t, p)
		uses := 1
		for put(p, first); first.Instance.closed.Load() == 0; put(p, first) {
			if got := get(t, p); got != first {
				t.Fatalf("got instance %d, want %d", got.Instance.number, first.Instance.number)
			}
			uses++
		}
		if uses < 3 || uses > 5 {
			t.Fatalf("used %d times, want 3 to 5", uses)
		}
	}
}

func TestPool_retiresInstancesInUseWhenTheyComeBack(t *testing.T) {
	m := &maker{bytes: 10}
	p := newPool(t, options(open(t, 8, 80), m))
	idle, busy := get(t, p), get(t, p)
	put(p, idle)
	p.Retire()
	if idle.Instance.closed.Load() != 1 || busy.Instance.closed.Load() != 0 {
		t.Fatalf("closed = %d idle, %d busy; want 1, 0", idle.Instance.closed.Load(), busy.Instance.closed.Load())
	}
	put(p, busy)
	if busy.Instance.closed.Load() != 1 {
		t.Fatal("an instance of a retired version was kept")
	}
	late := get(t, p) // a call that was on its way when the version changed
	put(p, late)
	if late.Instance.closed.Load() != 1 {
		t.Fatal("an instance of a retired version was kept")
	}
}

func TestPool_closeWaitsForInstancesInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &maker{bytes: 10}
		p := New(options(open(t, 8, 80), m))
		a, b := get(t, p), get(t, p)
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			p.Close()
		}()
		synctest.Wait()
		if _, err := p.Get(t.Context(), &Near{}); !errors.Is(err, ErrClosed) {
			t.Errorf("err = %v, want %v", err, ErrClosed)
		}
		put(p, a)
		synctest.Wait()
		select {
		case <-closed:
			t.Error("Close returned while an instance was in use")
		default:
		}
		p.Drop(b)
		<-closed
		p.Close() // again, to no effect
		if a.Instance.closed.Load() != 1 || b.Instance.closed.Load() != 1 {
			t.Errorf("closed = %d, %d times, want once each", a.Instance.closed.Load(), b.Instance.closed.Load())
		}
	})
}

func TestPool_panicsOnAnInstanceItDidNotGive(t *testing.T) {
	p := newPool(t, options(open(t, 8, 80), &maker{bytes: 10}))
	other := newPool(t, options(open(t, 8, 80), &maker{bytes: 10}))
	foreign, back := get(t, other), get(t, p)
	defer put(other, foreign)
	put(p, back)
	for name, l := range map[string]*Place[*instance]{"a foreign one": foreign, "an idle one": back} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was taken", name)
				}
			}()
			put(p, l)
		}()
	}
}

func TestPool_getAndPutDoNotAllocate(t *testing.T) {
	p := newPool(t, options(open(t, 8, 80), &maker{bytes: 10}))
	ctx, near := t.Context(), &Near{}
	put(p, get(t, p))
	got := testing.AllocsPerRun(1000, func() {
		l, err := p.Get(ctx, near)
		if err != nil {
			t.Fatal(err)
		}
		p.Put(l, near, time.Second)
	})
	if got != 0 {
		t.Fatalf("%v allocations, want none", got)
	}
}

// One core, then all of them at the same time.
func BenchmarkPool_GetPut(b *testing.B) {
	for _, cap := range []int{1, 2, 8} {
		b.Run("instances="+strconv.Itoa(cap), func(b *testing.B) {
			budget := open(b, 8, 80)
			o := options(budget, &maker{bytes: 10})
			o.MaxInstances = cap
			p := newPool(b, o)
			now := budget.Now()
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				var near Near
				for pb.Next() {
					l, err := p.Get(b.Context(), &near)
					if err == nil {
						p.Put(l, &near, now)
					} else if !errors.Is(err, ErrFull) {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

func TestPool_sweepsWhatIsIdleForTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, options(open(t, 8, 80), &maker{bytes: 10}))
		a, b := get(t, p), get(t, p)
		put(p, a)
		time.Sleep(30 * time.Second)
		put(p, b)
		time.Sleep(32 * time.Second)
		synctest.Wait()
		if a.Instance.closed.Load() != 1 || b.Instance.closed.Load() != 0 {
			t.Errorf("after 62s closed = %d, %d; want 1, 0", a.Instance.closed.Load(), b.Instance.closed.Load())
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if b.Instance.closed.Load() != 1 {
			t.Errorf("after 92s the other is open still")
		}
		if idle, used := p.Stats(); idle+used != 0 {
			t.Errorf("idle, used = %d, %d, want none", idle, used)
		}
	})
}

func TestPool_letsRestWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, 8, 80)
		o := options(b, &maker{bytes: 10})
		o.Rest = 10 * time.Second
		p := newPool(t, o)
		old, tough, young := get(t, p), get(t, p), get(t, p)
		tough.Instance.tough.Store(true)
		put(p, old)
		put(p, tough)
		time.Sleep(8 * time.Second)
		put(p, young)
		time.Sleep(4*time.Second + time.Millisecond)
		synctest.Wait()
		if old.Instance.rested.Load() != 1 || young.Instance.rested.Load() != 0 || tough.Instance.closed.Load() != 1 {
			t.Errorf("rested = %d, %d, closed = %d; want 1, 0, 1", old.Instance.rested.Load(), young.Instance.rested.Load(), tough.Instance.closed.Load())
		}
		if n, bytes := b.Stats(); n != 2 || bytes != 11 {
			t.Errorf("budget holds %d instances, %d bytes, want 2 with 11", n, bytes)
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if old.Instance.rested.Load() != 1 || young.Instance.rested.Load() != 1 {
			t.Errorf("rested = %d, %d, want once each", old.Instance.rested.Load(), young.Instance.rested.Load())
		}
		if got := get(t, p); got != young {
			t.Errorf("got instance %d, want the newest, %d", got.Instance.number, young.Instance.number)
		}
		if got := get(t, p); got != old {
			t.Errorf("got instance %d, want %d", got.Instance.number, old.Instance.number)
		}
		put(p, old)
		put(p, young)
		time.Sleep(12 * time.Second)
		synctest.Wait()
		if old.Instance.rested.Load() != 2 {
			t.Errorf("rested %d times, want again after another use", old.Instance.rested.Load())
		}
	})
}
