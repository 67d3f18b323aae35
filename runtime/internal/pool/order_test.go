package pool

import (
	"container/heap"
	"math/rand/v2"
	"testing"
	"time"
)

// fakeMember says when its oldest instance came back, and counts the looks.
type fakeMember struct {
	since time.Duration
	looks int
}

func (m *fakeMember) idleSince() time.Duration                       { m.looks++; return m.since }
func (m *fakeMember) evict() bool                                    { return m.since > 0 }
func (m *fakeMember) settle(time.Duration) (freed int64, loose bool) { return 0, false }
func (m *fakeMember) tend(time.Duration)                             {}

// TestOrder_agreesWithALookAtAll lets pools be used and looked for at random.
func TestOrder_agreesWithALookAtAll(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var o order
		entries := make([]*entry, 1+rnd.IntN(20))
		for i := range entries {
			entries[i] = &entry{member: &fakeMember{}, since: 1}
			heap.Push(&o, entries[i])
		}
		for now := time.Duration(2); now < 200; now++ {
			e := entries[rnd.IntN(len(entries))]
			m := e.member.(*fakeMember)
			switch rnd.IntN(3) {
			case 0: // in use
				m.since = 0
			case 1: // came back
				m.since = now
			default:
				except := entries[rnd.IntN(len(entries))]
				got, want := o.oldest(except, now), oldestOf(entries, except)
				if got != want {
					t.Fatalf("at %d got %+v, want %+v", now, got, want)
				}
			}
			for i, e := range o {
				if e.at != i {
					t.Fatalf("entry %d thinks it is at %d", i, e.at)
				}
			}
		}
	}
}

// oldestOf is the slow twin: it looks at all. No two came back at one time.
func oldestOf(entries []*entry, except *entry) (found member) {
	var first time.Duration
	for _, e := range entries {
		since := e.member.(*fakeMember).since
		if e != except && since > 0 && (found == nil || since < first) {
			found, first = e.member, since
		}
	}
	return found
}

// Of ten thousand pools that are called evenly the oldest is found at a glance.
func TestOrder_looksAtFewPools(t *testing.T) {
	const pools, rounds = 10_000, 3
	var o order
	all := make([]*fakeMember, pools)
	entries := make([]*entry, pools)
	for i := range all {
		all[i] = &fakeMember{since: time.Duration(i + 1)}
		entries[i] = &entry{member: all[i], since: time.Duration(i + 1)}
		heap.Push(&o, entries[i])
	}
	for n := range pools * rounds {
		now := time.Duration(pools + n + 1)
		got := o.oldest(nil, now)
		if want := all[n%pools]; got != want {
			t.Fatalf("look %d: got the pool of %d, want that of %d", n, got.(*fakeMember).since, want.since)
		}
		all[n%pools].since = now // it is called again
	}
	looks := 0
	for _, m := range all {
		looks += m.looks
	}
	if most := 2 * pools * rounds; looks > most {
		t.Errorf("%d looks at pools, want %d at most", looks, most)
	}
}
