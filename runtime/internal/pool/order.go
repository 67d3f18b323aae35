package pool

import (
	"container/heap"
	"time"
)

// entry is a pool in its budget, which guards it.
type entry struct {
	member member
	count  int           // instances of the pool
	since  time.Duration // what is idle in it came back no earlier
	at     int           // in the order, while count is above 0
}

// order is the pools that have instances, the one first whose idle instances
// may be oldest. Nobody tells it of calls: an entry knows when the pool was
// looked at last, and since then things can only have become younger, but for
// an instance that was resting at that moment. So whoever wants the oldest looks at the first ones again, and only at those: a
// look is paid for by the call that made the entry old.
type order []*entry

// oldest returns the pool, other than that of except, whose idle instance came
// back before all others, or nil when nothing is idle.
func (o *order) oldest(except *entry, now time.Duration) (found member) {
	var aside []*entry
	for found == nil && len(*o) > 0 {
		e := (*o)[0]
		since := e.member.idleSince()
		switch {
		case e == except || since == 0:
			heap.Pop(o)
			aside = append(aside, e)
		case since > e.since:
			e.since = since
			heap.Fix(o, 0)
		default:
			found = e.member
		}
	}
	for _, e := range aside {
		if e != except {
			e.since = now
		}
		heap.Push(o, e)
	}
	return found
}

// Len, Less, Swap, Push and Pop are for the heap.
func (o order) Len() int           { return len(o) }
func (o order) Less(i, j int) bool { return o[i].since < o[j].since }

func (o order) Swap(i, j int) {
	o[i], o[j] = o[j], o[i]
	o[i].at, o[j].at = i, j
}

func (o *order) Push(e any) {
	e.(*entry).at = len(*o)
	*o = append(*o, e.(*entry))
}

func (o *order) Pop() any {
	last := len(*o) - 1
	e := (*o)[last]
	(*o)[last] = nil
	*o = (*o)[:last]
	return e
}
