package runtime

import (
	"sync/atomic"
	"unsafe"

	"github.com/postern-dev/postern/runtime/internal/sched"
	"github.com/postern-dev/postern/runtime/internal/trail"
)

// trails say, for each of the processors, where the lines of memory are that the
// next call of a function will touch. What belongs to a function that was not
// called for a while is far away from the processor, and a call that finds each
// line by the one before waits for all of them, one after the other.
type trails [maxTrails]atomic.Pointer[footsteps]

// maxTrails bounds what they take: nearly a kilobyte each. With more processors
// some follow another's trail, which differs in little.
const maxTrails = 4

// footsteps are the trail of a call.
type footsteps struct {
	// Whose they are, as numbers: a trail keeps nothing alive.
	instance uintptr
	moved    int
	whole    bool // it begins with what the owner of the call touched

	trail trail.Trail
}

// leaveAfter is how long a function was not called before a call looks whether
// the next one could follow it.
const leaveAfter = usedUnit

// follow brings near what a call of those with that number touches.
func (s *trails) follow(near uint32) {
	if f := s[near%maxTrails].Load(); f != nil {
		f.trail.Follow()
	}
}

// forget drops all trails. One that is left at the same time stays, and is good
// for nothing.
func (s *trails) forget() {
	for n := range s {
		s[n].Store(nil)
	}
}

// leaveTrail notes what the attempt has touched, unless that is known. Its
// instance is clean and its own still, and so is the answer, which is the call's.
func (t *attempt) leaveTrail(answer *sched.Answer[*attempt]) {
	c := t.call
	f, near := c.fn, c.near
	noted := &f.trails[near%maxTrails]
	instance, moved, whole := uintptr(unsafe.Pointer(t.inst.Instance)), t.inst.Moved(), c.Trace != nil
	if old := noted.Load(); old != nil && old.instance == instance && old.moved == moved && (old.whole || !whole) {
		f.engine.announced.note(c.key, old)
		return
	}
	fresh := &footsteps{instance: instance, moved: moved, whole: whole}
	if whole {
		c.Trace(&fresh.trail)
	}
	f.trace(&fresh.trail, near)
	answer.Trace(&fresh.trail)
	t.loaded.trace(&fresh.trail, near)
	t.place.Trace(&fresh.trail, &t.near)
	trail.Of(&fresh.trail, t.inst.seat)
	t.inst.Trace(&fresh.trail)
	f.stats.Trace(&fresh.trail, near)
	noted.Store(fresh)
	f.engine.announced.note(c.key, fresh)
}

func (f *Function) trace(t *trail.Trail, near uint32) {
	trail.Of(t, f)
	f.users.Trace(t, near)
	trail.Each(t, f.context)
}

func (l *loaded) trace(t *trail.Trail, near uint32) {
	trail.Of(t, l)
	l.users.Trace(t, near)
}

// key tells functions apart and keeps none alive.
func (f *Function) key() uintptr { return uintptr(unsafe.Pointer(f)) }
