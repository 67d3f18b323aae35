package runtime

import (
	"container/heap"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/runtime/internal/door"
	"github.com/postern-dev/postern/runtime/internal/pool"
	"github.com/postern-dev/postern/runtime/internal/wasm"
)

// loaded is what a function needs to run. Whoever uses it holds it; it is taken
// down from the shelf only while nobody does.
type loaded struct {
	fn     *Function
	module *wasm.Module
	pool   *pool.Pool[instance]
	code   int64        // bytes of native code, which functions of one module share
	own    int64        // bytes of the image and of the decoded module
	users  *door.Door   // whoever uses it is inside; shut when it is taken down
	used   atomic.Int64 // when somebody did last, by the shelf's clock, to a millisecond

	// The shelf's own:
	since time.Duration // it was not used for longest before this
	at    int           // in the order
}

// usedUnit is how finely it is known when a function was used last.
const usedUnit = time.Millisecond

// hold keeps l loaded until release. It reports false when l is being taken
// down. near is a number that those on one processor mostly share, the same for
// both.
func (l *loaded) hold(near uint32) bool { return l.users.Enter(near) }

// release gives l up at the given time, which says how recently it was used.
func (l *loaded) release(near uint32, now time.Duration) {
	if l.restedFor(now) >= usedUnit { // all processors share it
		l.used.Store(int64(now))
	}
	l.users.Leave(near)
}

// restedFor returns how long ago l was used by somebody else, to a millisecond.
func (l *loaded) restedFor(now time.Duration) time.Duration {
	return now - time.Duration(l.used.Load())
}

// seize takes l from the shelf if nobody holds it. Whoever got it closes it.
func (l *loaded) seize() bool { return l.users.Seize() }

// close frees l, whose instances are all idle.
func (l *loaded) close() {
	l.fn.loaded.CompareAndSwap(l, nil)
	l.fn.trails.forget()
	l.pool.Close()
	l.module.Close()
}

// shelf is the loaded functions of an engine and the budget of what they take
// without their linear memories: native code, images and descriptors. Where
// there is no room for one more, those that were not used for longest are taken
// down, with their idle instances; their next call loads them again. Functions
// of one module share its native code, so it counts once.
type shelf struct {
	max   int64         // 0: any
	most  int           // functions
	idle  time.Duration // what was not used for so long is taken down; 0: never
	start time.Time     // of its clock, which is also that of the budget
	stop  chan struct{}
	done  sync.WaitGroup

	mu     sync.Mutex
	bytes  int64          // of all in the order, and reserved
	count  int            // of all in the order, and reserved
	order  order          // what is loaded
	copies map[string]int // functions in the order, by the digest of their module
}

func openShelf(max int64, most int, idle time.Duration, start time.Time) *shelf {
	s := &shelf{
		max:    max,
		most:   most,
		idle:   idle,
		start:  start,
		stop:   make(chan struct{}),
		copies: map[string]int{},
	}
	s.done.Go(s.sweep)
	return s
}

// close takes everything down that nobody uses.
func (s *shelf) close() {
	close(s.stop)
	s.done.Wait()
	for s.takeDown(s.oldest(s.now())) {
	}
}

func (s *shelf) now() time.Duration { return time.Since(s.start) }

// reserve takes room for a function of the module that is to be loaded, at the
// cost of functions that nobody uses. bytes is what its code is thought to take.
func (s *shelf) reserve(digest string, bytes int64) (reserved int64, ok bool) {
	for {
		if reserved, ok = s.tryReserve(digest, bytes); ok {
			return reserved, true
		}
		if !s.takeDown(s.oldest(s.now())) {
			return 0, false
		}
	}
}

func (s *shelf) tryReserve(digest string, bytes int64) (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.copies[digest] > 0 {
		bytes = 0
	}
	if s.max > 0 && s.bytes+bytes > s.max || s.count >= s.most {
		return 0, false
	}
	s.bytes += bytes
	s.count++
	return bytes, true
}

// unreserve gives room back for a function that could not be loaded.
func (s *shelf) unreserve(reserved int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes -= reserved
	s.count--
}

// put places l, which its caller holds, in the room that was reserved for it.
// It reports false when l turned out to be larger and there is no room; then l
// is to be closed.
func (s *shelf) put(l *loaded, reserved int64) bool {
	s.add(l, reserved)
	for s.overfull() {
		if !s.takeDown(s.oldest(s.now())) {
			s.remove(l)
			return false
		}
	}
	return true
}

func (s *shelf) add(l *loaded, reserved int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes += l.own - reserved
	if s.copies[l.fn.Spec.Module]++; s.copies[l.fn.Spec.Module] == 1 {
		s.bytes += l.code
	}
	l.since = time.Duration(l.used.Load())
	heap.Push(&s.order, l)
}

func (s *shelf) remove(l *loaded) {
	s.mu.Lock()
	defer s.mu.Unlock()
	heap.Remove(&s.order, l.at)
	s.count--
	s.bytes -= l.own
	if s.copies[l.fn.Spec.Module]--; s.copies[l.fn.Spec.Module] == 0 {
		delete(s.copies, l.fn.Spec.Module)
		s.bytes -= l.code
	}
}

func (s *shelf) overfull() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.max > 0 && s.bytes > s.max
}

// oldest returns a function that nobody holds and that was last used before the
// given time, the one that was used before all others; nil when there is none.
// Calls don't tell the order that they use a function, which would cost each of
// them a lock. So a function whose turn it seems to be is looked at, and goes
// back to where it belongs: a look is paid for by the call that moved it.
func (s *shelf) oldest(before time.Duration) *loaded {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.order) > 0 {
		l := s.order[0]
		if l.since > before {
			return nil
		}
		used := time.Duration(l.used.Load())
		switch {
		case l.users.Inside() > 0, l.users.IsShut(): // in use until some later time, or being taken down
			l.since = max(s.now(), before+1)
		case used > l.since:
			l.since = used
		default:
			return l
		}
		heap.Fix(&s.order, 0)
	}
	return nil
}

// takeDown unloads l unless somebody holds it now. It reports whether another
// try makes sense: false only for nil. Room is free once memory is, so that it
// is never promised twice.
func (s *shelf) takeDown(l *loaded) bool {
	if l == nil {
		return false
	}
	if l.seize() {
		l.close()
		s.remove(l)
	}
	return true
}

// stats returns how many functions are loaded and what they take.
func (s *shelf) stats() (functions int, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.order), s.bytes
}

func (s *shelf) sweep() {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
			if s.idle > 0 {
				for s.takeDown(s.oldest(s.now() - s.idle)) {
				}
			}
		}
	}
}

// order is what is loaded, as a heap: first what may be unused for longest.
type order []*loaded

func (o order) Len() int           { return len(o) }
func (o order) Less(i, j int) bool { return o[i].since < o[j].since }

func (o order) Swap(i, j int) {
	o[i], o[j] = o[j], o[i]
	o[i].at, o[j].at = i, j
}

func (o *order) Push(l any) {
	l.(*loaded).at = len(*o)
	*o = append(*o, l.(*loaded))
}

func (o *order) Pop() any {
	last := len(*o) - 1
	l := (*o)[last]
	(*o)[last] = nil
	*o = (*o)[:last]
	return l
}
