package meter

import (
	"iter"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/runtime/internal/spread"
)

// shard is what calls on one processor counted for a function. Processors that
// count into one place wait for each other's memory; so everything that every
// call counts is here, and added up when somebody reads it.
type shard struct {
	delivered atomic.Int64 // calls without a fault
	attempts  atomic.Int64
	cpu       atomic.Int64 // units

	call, queue, run, reset tally
}

// shards is one count for each of the processors. Most functions are called
// seldom, on few of them: a shard is made when it is first counted into.
type shards[S any] []atomic.Pointer[S]

func newShards[S any]() shards[S] { return make(shards[S], spread.Places()) }

// of returns the shard of those whose number is near.
func (s shards[S]) of(near uint32) *S {
	p := s.place(near)
	if found := p.Load(); found != nil {
		return found
	}
	p.CompareAndSwap(nil, new(S))
	return p.Load()
}

// place is where the shard of a number is kept.
func (s shards[S]) place(near uint32) *atomic.Pointer[S] { return &s[near%uint32(len(s))] }

func (s shards[S]) all() iter.Seq[*S] {
	return func(yield func(*S) bool) {
		for i := range s {
			if found := s[i].Load(); found != nil && !yield(found) {
				return
			}
		}
	}
}

// sum adds up a count.
func (s shards[S]) sum(count func(*S) *atomic.Int64) (n int64) {
	for one := range s.all() {
		n += count(one).Load()
	}
	return n
}

// histogram adds up tallies.
func (s shards[S]) histogram(bounds []time.Duration, choose func(*S) *tally) *histogram {
	return &histogram{bounds: bounds, tallies: func(yield func(*tally) bool) {
		for one := range s.all() {
			if !yield(choose(one)) {
				return
			}
		}
	}}
}
