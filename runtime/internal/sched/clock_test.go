package sched

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// bell counts how often it rings, and wants to be rung in an hour each time.
type bell struct {
	clock *clock
	rings atomic.Int32
	when  func() // what happens while it rings
}

func (b *bell) ring() time.Duration {
	next := b.clock.now() + time.Hour
	b.rings.Add(1)
	if b.when != nil {
		b.when()
	}
	return next
}

// A rush must reach the alarms that are not in the heap at that moment.
func TestClock_rushRingsEveryAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock(time.Now())
		defer c.close()
		set, ringing, late := &bell{clock: c}, &bell{clock: c}, &bell{clock: c}
		ringing.when = func() {
			ringing.when = nil
			c.rush()
		}
		before := c.rushes.Load()
		c.set(&alarm{who: set}, time.Hour, before)
		c.set(&alarm{who: ringing}, time.Second, before)
		time.Sleep(time.Second)
		c.set(&alarm{who: late}, time.Hour, before) // reckoned before the rush
		synctest.Wait()
		for name, row := range map[string]struct{ got, want int32 }{
			"that was set":       {set.rings.Load(), 1},
			"that was ringing":   {ringing.rings.Load(), 2},
			"that was being set": {late.rings.Load(), 1},
		} {
			if row.got != row.want {
				t.Errorf("the alarm %s rang %d times, want %d", name, row.got, row.want)
			}
		}
		time.Sleep(time.Minute)
		if n := set.rings.Load(); n != 1 {
			t.Errorf("%d rings a minute after the rush, want 1", n)
		}
	})
}
