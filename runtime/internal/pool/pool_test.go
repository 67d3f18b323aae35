package pool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestPool_givesTheNewestFirst(t *testing.T) {
	m := &maker{bytes: 10}
	p := newPool(t, options(open(t, 8, 80), m))
	a, b, c := get(t, p), get(t, p), get(t, p)
	p.Put(b)
	p.Put(c)
	p.Put(a)
	for _, want := range []*instance{a, c, b} {
		if got := get(t, p); got != want {
			t.Fatalf("got instance %d, want %d", got.number, want.number)
		}
	}
	for _, i := range []*instance{a, b, c} {
		p.Put(i)
	}
}

func TestPool_neverGivesADroppedInstanceAgain(t *testing.T) {
	m := &maker{bytes: 10}
	p := newPool(t, options(open(t, 8, 80), m))
	a := get(t, p)
	p.Drop(a)
	if got := a.closed.Load(); got != 1 {
		t.Fatalf("closed %d times, want once", got)
	}
	b := get(t, p)
	if b == a {
		t.Fatal("the dropped instance came back")
	}
	p.Put(b)
}

func TestPool_isFullAtItsCap(t *testing.T) {
	m := &maker{bytes: 10}
	p := newPool(t, options(open(t, 8, 80), m))
	var used []*instance
	for range 4 {
		used = append(used, get(t, p))
	}
	if _, err := p.Get(t.Context()); !errors.Is(err, ErrFull) {
		t.Fatalf("err = %v, want %v", err, ErrFull)
	}
	p.Drop(used[3])
	used[3] = get(t, p)
	for _, i := range used {
		p.Put(i)
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
		if _, err := p.Get(t.Context()); !errors.Is(err, errMake) {
			t.Fatalf("err = %v, want %v", err, errMake)
		}
	}
	if n, bytes := b.Stats(); n != 0 || bytes != 0 {
		t.Fatalf("budget holds %d instances, %d bytes, want none", n, bytes)
	}
	m.fails.Store(false)
	p.Put(get(t, p))
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
		_, _ = p.Get(t.Context())
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
		for p.Put(first); first.closed.Load() == 0; p.Put(first) {
			if got := get(t, p); got != first {
				t.Fatalf("got instance %d, want %d", got.number, first.number)
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
	p.Put(idle)
	p.Retire()
	if idle.closed.Load() != 1 || busy.closed.Load() != 0 {
		t.Fatalf("closed = %d idle, %d busy; want 1, 0", idle.closed.Load(), busy.closed.Load())
	}
	p.Put(busy)
	if busy.closed.Load() != 1 {
		t.Fatal("an instance of a retired version was kept")
	}
	late := get(t, p) // a call that was on its way when the version changed
	p.Put(late)
	if late.closed.Load() != 1 {
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
		if _, err := p.Get(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("err = %v, want %v", err, ErrClosed)
		}
		p.Put(a)
		synctest.Wait()
		select {
		case <-closed:
			t.Error("Close returned while an instance was in use")
		default:
		}
		p.Drop(b)
		<-closed
		p.Close() // again, to no effect
		if a.closed.Load() != 1 || b.closed.Load() != 1 {
			t.Errorf("closed = %d, %d times, want once each", a.closed.Load(), b.closed.Load())
		}
	})
}

func TestPool_panicsOnAnInstanceItDidNotGive(t *testing.T) {
	p := newPool(t, options(open(t, 8, 80), &maker{bytes: 10}))
	defer func() {
		if recover() == nil {
			t.Fatal("a foreign instance was taken")
		}
	}()
	p.Put(&instance{})
}

func TestPool_getAndPutDoNotAllocate(t *testing.T) {
	p := newPool(t, options(open(t, 8, 80), &maker{bytes: 10}))
	ctx := t.Context()
	p.Put(get(t, p))
	got := testing.AllocsPerRun(1000, func() {
		i, err := p.Get(ctx)
		if err != nil {
			t.Fatal(err)
		}
		p.Put(i)
	})
	if got != 0 {
		t.Fatalf("%v allocations, want none", got)
	}
}

func BenchmarkPool(b *testing.B) {
	p := newPool(b, options(open(b, 8, 80), &maker{bytes: 10}))
	b.ReportAllocs()
	for b.Loop() {
		i, err := p.Get(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		p.Put(i)
	}
}

func TestPool_sweepsWhatIsIdleForTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, options(open(t, 8, 80), &maker{bytes: 10}))
		a, b := get(t, p), get(t, p)
		p.Put(a)
		time.Sleep(30 * time.Second)
		p.Put(b)
		time.Sleep(32 * time.Second)
		synctest.Wait()
		if a.closed.Load() != 1 || b.closed.Load() != 0 {
			t.Errorf("after 62s closed = %d, %d; want 1, 0", a.closed.Load(), b.closed.Load())
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if b.closed.Load() != 1 {
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
		tough.tough.Store(true)
		p.Put(old)
		p.Put(tough)
		time.Sleep(8 * time.Second)
		p.Put(young)
		time.Sleep(4*time.Second + time.Millisecond)
		synctest.Wait()
		if old.rested.Load() != 1 || young.rested.Load() != 0 || tough.closed.Load() != 1 {
			t.Errorf("rested = %d, %d, closed = %d; want 1, 0, 1", old.rested.Load(), young.rested.Load(), tough.closed.Load())
		}
		if n, bytes := b.Stats(); n != 2 || bytes != 11 {
			t.Errorf("budget holds %d instances, %d bytes, want 2 with 11", n, bytes)
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if old.rested.Load() != 1 || young.rested.Load() != 1 {
			t.Errorf("rested = %d, %d, want once each", old.rested.Load(), young.rested.Load())
		}
		if got := get(t, p); got != young {
			t.Errorf("got instance %d, want the newest, %d", got.number, young.number)
		}
		if got := get(t, p); got != old {
			t.Errorf("got instance %d, want %d", got.number, old.number)
		}
		p.Put(old)
		p.Put(young)
		time.Sleep(12 * time.Second)
		synctest.Wait()
		if old.rested.Load() != 2 {
			t.Errorf("rested %d times, want again after another use", old.rested.Load())
		}
	})
}
