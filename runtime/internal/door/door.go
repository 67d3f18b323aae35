// Package door counts who is inside of something that will be shut one day, so
// that whoever shuts it learns when the last one has left. It is a counter of
// references that processors don't fight over, and not a lock: nobody waits
// here.
package door

import (
	"runtime"
	"sync/atomic"
)

// Door counts those inside in a few rooms, so that processors write to memory of
// their own. It must not be copied. It is safe for concurrent use.
type Door struct {
	rooms []room
	last  func()
	shut  atomic.Bool
	told  atomic.Bool // last was called
}

// room is a count on a cache line of its own.
type room struct {
	inside atomic.Int64
	_      [56]byte
}

// maxRooms bounds what a door takes on a machine with very many processors.
const maxRooms = 16

// New returns an open door. last is called once, by whoever brings it about that
// the door is shut and nobody is inside.
func New(last func()) *Door {
	return &Door{rooms: make([]room, min(2*runtime.GOMAXPROCS(0), maxRooms)), last: last}
}

// Enter counts one in, unless the door is shut. near is any number that is
// mostly the same for those on one processor; Leave must get it too.
//
// Enter counts first and looks at the door second, Shut and Leave do it the
// other way round: so one of them sees the other.
func (d *Door) Enter(near uint32) bool {
	d.room(near).inside.Add(1)
	if d.shut.Load() {
		d.Leave(near)
		return false
	}
	return true
}

// Leave counts one out.
func (d *Door) Leave(near uint32) {
	d.room(near).inside.Add(-1)
	if d.shut.Load() {
		d.tell()
	}
}

// Shut lets nobody in any more. It may be called more than once.
func (d *Door) Shut() {
	d.shut.Store(true)
	d.tell()
}

// IsShut reports whether Shut was called.
func (d *Door) IsShut() bool { return d.shut.Load() }

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
