package pool

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"unsafe"
)

func getNear(t testing.TB, p *Pool[*instance], near *Near) *Place[*instance] {
	t.Helper()
	l, err := p.Get(t.Context(), near)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	return l
}

func TestPool_costsLittleWhileIdle(t *testing.T) {
	if got := unsafe.Sizeof(Pool[*instance]{}); got > 256 {
		t.Errorf("an empty pool is %d bytes, want 256 at most", got)
	}
	p := newPool(t, options(open(t, 8, 80), &maker{bytes: 10}))
	if p.laid() != nil {
		t.Error("a pool has slots before it has an instance")
	}
	put(p, get(t, p))
	if got, want := len(p.laid()), min(4, 2*runtime.GOMAXPROCS(0)); got != want {
		t.Errorf("a pool has %d slots, want %d", got, want)
	}
	if got := unsafe.Sizeof(slot[*instance]{}); got != lineBytes {
		t.Errorf("a slot is %d bytes, want a line of %d", got, lineBytes)
	}
	o := options(p.options.Budget, &maker{bytes: 10})
	o.MaxInstances = 1
	single := newPool(t, o)
	put(single, get(t, single))
	if got := len(single.laid()); got != 1 {
		t.Errorf("a pool of one instance has %d slots, want one", got)
	}
}

// What is wider than a line would share one with a stranger.
func TestPlace_fillsALine(t *testing.T) {
	if got := unsafe.Sizeof(Place[wide]{}); got != lineBytes {
		t.Errorf("a place is %d bytes, want %d", got, lineBytes)
	}
}

// wide is as wide as the instances of the engine.
type wide struct {
	*instance
	_ *int
}

func TestPool_givesEachUserItsOwnAgain(t *testing.T) {
	p := newPool(t, options(open(t, 8, 80), &maker{bytes: 10}))
	users := make([]Near, len(slotsOfTwo(t, p)))
	mine := make([]*Place[*instance], len(users))
	for range 3 {
		for i := range users {
			mine[i] = getNear(t, p, &users[i])
		}
		for i := range users {
			p.Put(mine[i], &users[i], 1)
		}
	}
	for _, i := range rand.Perm(len(users)) {
		got := getNear(t, p, &users[i])
		if got != mine[i] {
			t.Errorf("user %d got instance %d, want its own, %d", i, got.Instance.number, mine[i].Instance.number)
		}
		p.Put(got, &users[i], 1)
	}
}

// slotsOfTwo lets the pool make two instances and returns its slots.
func slotsOfTwo(t *testing.T, p *Pool[*instance]) slots[*instance] {
	t.Helper()
	a, b := get(t, p), get(t, p)
	put(p, a)
	put(p, b)
	return p.laid()
}

func TestPool_findsTheInstanceInAnothersSlot(t *testing.T) {
	p := newPool(t, options(open(t, 8, 80), &maker{bytes: 10}))
	all := slotsOfTwo(t, p)
	p.settle(forever)
	want := getNear(t, p, &Near{})
	for at := range all {
		mine, other := Near{slot: at}, Near{slot: at + 1}
		p.Put(want, &mine, 1)
		if all[at].place.Load() != want {
			t.Fatalf("slot %d does not hold what was laid there", at)
		}
		if got := getNear(t, p, &other); got != want {
			t.Fatalf("slot %d: got instance %d, want %d", at, got.Instance.number, want.Instance.number)
		}
		if other.in(len(all)) != at {
			t.Errorf("the user looks in slot %d next, want %d", other.in(len(all)), at)
		}
	}
	put(p, want)
}

func TestPool_keepsWhatFindsNoSlot(t *testing.T) {
	budget := open(t, 100, 1000)
	o := options(budget, &maker{bytes: 10})
	o.MaxInstances = 3*slotsPerCore*runtime.GOMAXPROCS(0) + 1
	p := newPool(t, o)
	var all []*Place[*instance]
	for range o.MaxInstances {
		l := get(t, p)
		l.Instance.idle.Store(2)
		all = append(all, l)
	}
	for _, l := range all {
		put(p, l)
	}
	if idle, used := p.Stats(); idle != o.MaxInstances || used != 0 {
		t.Errorf("idle, used = %d, %d, want %d, 0", idle, used, o.MaxInstances)
	}
	laid := len(p.laid())
	if _, got := budget.Stats(); got != int64(10*laid+2*(o.MaxInstances-laid)) {
		t.Errorf("budget holds %d bytes, want 10 for %d instances and 2 for the others", got, laid)
	}
	seen := map[*Place[*instance]]bool{}
	for range all {
		seen[get(t, p)] = true
	}
	if len(seen) != len(all) {
		t.Errorf("got %d instances again, want %d", len(seen), len(all))
	}
	for _, l := range all {
		put(p, l)
	}
}

// As many users as a pool may have instances never find it full, though their
// instances move from slot to slot while they look.
func TestPool_isNeverFullForAsManyUsersAsInstances(t *testing.T) {
	for _, users := range []int{1, 2, 3, 7} {
		o := options(open(t, users, 80), &maker{bytes: 10})
		o.MaxInstances = users
		p := newPool(t, o)
		var done sync.WaitGroup
		for u := range users {
			done.Go(func() {
				rnd := rand.New(rand.NewPCG(uint64(u), 2))
				for n := range 3000 {
					near := Near{slot: rnd.IntN(8)}
					l, err := p.Get(t.Context(), &near)
					if err != nil {
						t.Errorf("%d users: %v", users, err)
						return
					}
					if l.Instance.busy.Add(1) != 1 {
						t.Errorf("instance %d is used by two", l.Instance.number)
					}
					if n%8 == 0 {
						runtime.Gosched()
					}
					l.Instance.busy.Add(-1)
					switch {
					case n%500 == 499:
						p.Drop(l)
					case n%100 == 99:
						p.settle(forever)
						p.Put(l, &near, 1)
					default:
						p.Put(l, &near, 1)
					}
				}
			})
		}
		done.Wait()
	}
}

func TestPool_leavesNothingBehindWhenItEnds(t *testing.T) {
	for name, end := range map[string]func(*Pool[*instance]){"retire": (*Pool[*instance]).Retire, "close": (*Pool[*instance]).Close} {
		t.Run(name, func(t *testing.T) {
			for range 300 {
				m := &maker{bytes: 10}
				b := OpenBudget(BudgetOptions{MaxInstances: 8, MaxBytes: 80, Sweep: 1e9})
				p := New(options(b, m))
				var done sync.WaitGroup
				for range 4 {
					l := get(t, p)
					done.Go(func() {
						near := Near{}
						p.Put(l, &near, 1)
						if l, err := p.Get(t.Context(), &near); err == nil {
							p.Put(l, &near, 1)
						} else if !errors.Is(err, ErrClosed) {
							t.Errorf("err = %v, want %v", err, ErrClosed)
						}
					})
				}
				done.Go(func() { end(p) })
				done.Wait()
				if idle, used := p.Stats(); idle != 0 || used != 0 {
					t.Fatalf("idle, used = %d, %d, want none", idle, used)
				}
				if n, bytes := b.Stats(); n != 0 || bytes != 0 {
					t.Fatalf("budget holds %d instances, %d bytes, want none", n, bytes)
				}
				p.Close()
				b.Close()
			}
		})
	}
}
