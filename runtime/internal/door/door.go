// Package door counts who is inside of something that will be shut one day, so
// that whoever shuts it learns when the last one has left. It is a counter of
// references that processors don't fight over, and not a lock: nobody waits
// here.
package door

import (
	"runtime"
	"sync/atomic"

	"github.com/postern-dev/postern/runtime/internal/spread"
	"github.com/postern-dev/postern/runtime/internal/trail"
)

// Door counts those inside in a few rooms, so that processors write to memory of
// their own. It must not be copied. It is safe for concurrent use.
type Door struct {
	rooms []room
	last  func()
	state atomic.Uint32
	told  atomic.Bool // last was called
}

// States of a door.
const (
	open  uint32 = iota
	tried        // Seize looks whether anybody is inside
	shut
)

// room is a count on a cache line of its own.
type room struct {
	inside atomic.Int64
	_      [56]byte
}

// New returns an open door. last is called once, by whoever brings it about that
// the door is shut and nobody is inside.
func New(last func()) *Door {
	return &Door{rooms: make([]room, spread.Places()), last: last}
}

// Enter counts one in, unless the door is shut. near is any number that is
// mostly the same for those on one processor; Leave must get it too.
//
// Enter counts first and looks at the door second, those who shut it do it the
// other way round: so one of them sees the other.
func (d *Door) Enter(near uint32) bool {
	for {
		d.room(near).inside.Add(1)
		state := d.state.Load()
		if state == open {
			return true
		}
		d.Leave(near)
		if state == shut {
			return false
		}
		runtime.Gosched() // it opens again, or is shut, in a moment
	}
}

// Leave counts one out.
func (d *Door) Leave(near uint32) {
	d.room(near).inside.Add(-1)
	if d.IsShut() {
		d.tell()
	}
}

// Shut lets nobody in any more. It may be called more than once.
func (d *Door) Shut() {
	d.state.Store(shut)
	d.tell()
}

// Seize shuts the door if nobody is inside. It reports whether it did: false as
// well for a door that was shut before.
func (d *Door) Seize() bool {
	if !d.state.CompareAndSwap(open, tried) {
		return false
	}
	if d.Inside() > 0 {
		d.state.CompareAndSwap(tried, open)
		return false
	}
	if !d.state.CompareAndSwap(tried, shut) {
		return false // Shut was faster
	}
	d.tell()
	return true
}

// IsShut reports whether the door was shut.
func (d *Door) IsShut() bool { return d.state.Load() == shut }

// tell calls last if nobody is inside. The door is shut, so counts fall, but for
// those who look in and leave again; and they look whether they were the last.
func (d *Door) tell() {
	for i := range d.rooms {
		if d.rooms[i].inside.Load() != 0 {
			return
		}
	}
	if d.told.CompareAndSwap(false, true) {
		d.last()
	}
}

// Inside returns how many are inside, at about this moment.
func (d *Door) Inside() (n int64) {
	for i := range d.rooms {
		n += d.rooms[i].inside.Load()
	}
	return n
}

func (d *Door) room(near uint32) *room { return &d.rooms[near%uint32(len(d.rooms))] }

// Trace adds what Enter and Leave touch.
func (d *Door) Trace(t *trail.Trail, near uint32) {
	trail.Of(t, d)
	trail.Of(t, d.room(near))
}
