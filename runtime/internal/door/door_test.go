package door

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"
)

func TestDoor_tellsWhenTheLastHasLeft(t *testing.T) {
	told := 0
	d := New(func() { told++ })
	for near := range uint32(40) {
		if !d.Enter(near) {
			t.Fatal("an open door let nobody in")
		}
	}
	if got := d.Inside(); got != 40 {
		t.Errorf("%d inside, want 40", got)
	}
	d.Shut()
	d.Shut()
	if d.Enter(3) || !d.IsShut() {
		t.Error("a shut door let somebody in")
	}
	for near := range uint32(40) {
		if told != 0 {
			t.Fatalf("told with %d inside", d.Inside())
		}
		d.Leave(near)
	}
	d.Shut()
	if d.Enter(3) || told != 1 {
		t.Errorf("told %d times, want once", told)
	}
}

func TestDoor_tellsAtOnceWhenNobodyIsInside(t *testing.T) {
	told := 0
	d := New(func() { told++ })
	d.Enter(7)
	d.Leave(7)
	d.Shut()
	if told != 1 {
		t.Errorf("told %d times, want once", told)
	}
}

// Whoever is let in must never be inside when the end is told, and the end must
// come.
func TestDoor_survivesTheHammer(t *testing.T) {
	const rounds, guests, visits = 300, 8, 50
	for range rounds {
		var inside, told, late atomic.Int32
		over := make(chan struct{})
		d := New(func() {
			if inside.Load() != 0 {
				late.Add(1)
			}
			if told.Add(1) == 1 {
				close(over)
			}
		})
		var done sync.WaitGroup
		for g := range uint32(guests) {
			done.Go(func() {
				for range visits {
					if !d.Enter(g) {
						return
					}
					inside.Add(1)
					runtime.Gosched()
					inside.Add(-1)
					d.Leave(g)
				}
			})
		}
		done.Go(d.Shut)
		done.Wait()
		<-over
		if told.Load() != 1 || late.Load() != 0 || d.Inside() != 0 {
			t.Fatalf("told %d times, %d times too early, %d are left inside", told.Load(), late.Load(), d.Inside())
		}
	}
}

func TestDoor_isSeizedWhileNobodyIsInside(t *testing.T) {
	told := 0
	d := New(func() { told++ })
	d.Enter(1)
	if d.Seize() || d.IsShut() {
		t.Error("a door was seized with somebody inside")
	}
	if !d.Enter(2) {
		t.Error("a door that was not seized lets nobody in")
	}
	d.Leave(1)
	d.Leave(2)
	if !d.Seize() || !d.IsShut() || told != 1 {
		t.Errorf("a door with nobody inside was not seized, or told %d times", told)
	}
	if d.Seize() || d.Enter(1) {
		t.Error("a door was seized twice, or let somebody in afterwards")
	}
}

// Nobody may be inside of a door that was seized, and somebody who is inside
// must be let in again and again until then.
func TestDoor_isSeizedUnderTheHammer(t *testing.T) {
	const rounds, guests, visits = 300, 4, 50
	for range rounds {
		var inside, late atomic.Int32
		d := New(func() {})
		var done sync.WaitGroup
		for g := range uint32(guests) {
			done.Go(func() {
				for range visits {
					if !d.Enter(g) {
						if !d.IsShut() {
							late.Add(1)
						}
						return
					}
					inside.Add(1)
					runtime.Gosched()
					inside.Add(-1)
					d.Leave(g)
				}
			})
		}
		done.Go(func() {
			for !d.Seize() {
				runtime.Gosched()
			}
			late.Add(inside.Load())
		})
		done.Wait()
		if late.Load() != 0 || d.Inside() != 0 {
			t.Fatalf("%d were inside, or kept out, at the wrong time; %d are left", late.Load(), d.Inside())
		}
	}
}

func TestRoom_fillsACacheLine(t *testing.T) {
	if got := unsafe.Sizeof(room{}); got != 64 {
		t.Errorf("a room is %d bytes", got)
	}
}

func BenchmarkDoor(b *testing.B) {
	d := New(func() {})
	var nears atomic.Uint32
	b.RunParallel(func(pb *testing.PB) {
		near := nears.Add(1)
		for pb.Next() {
			d.Enter(near)
			d.Leave(near)
		}
	})
	if d.Inside() != 0 {
		b.Fatal("somebody stayed")
	}
}
