package runtime

import (
	"sync/atomic"

	"github.com/postern-dev/postern/runtime/internal/trail"
)

// Trail is lines of memory that a call touches.
type Trail = trail.Trail

// Herald makes calls one after the other, and can announce one before anybody
// knows of which function it is: then memory is on its way while that is looked
// up. It is best kept by what belongs to a processor, such as the things in a
// [sync.Pool]. It is not safe for concurrent use.
type Herald struct {
	near      uint32 // heralds that are used on one processor mostly have the same
	announced *announced
	key       uint64  // of the call that was announced last; 0 is none
	asked     bool    // for the memory of that call, or it is there
	last      uintptr // the function of the last call
}

// NewHerald returns a herald of calls of the engine's functions.
func (e *Engine) NewHerald() Herald {
	return Herald{near: e.nears.Add(1), announced: &e.announced}
}

// Announce says that the next call is like those that were announced with the
// same key: a hash of what decides of which function it is. If it is not, it is
// only slower.
func (h *Herald) Announce(key uint64) {
	key = of(key, h.near)
	if h.key == key {
		h.asked = true
		return
	}
	h.key, h.asked = key, false
	if steps := h.announced.find(key); steps != nil {
		h.asked = true
		steps.trail.Follow()
	}
}

// of tells the keys of different processors apart. None is 0.
func of(key uint64, near uint32) uint64 {
	const odd = 0x9E3779B97F4A7C15 // spreads a small number over all bits
	return (key + uint64(near%maxTrails)*odd) | 1
}

// NewCall returns an empty call of the function, which is the one that was
// announced last, or ErrRetired.
func (h *Herald) NewCall(f *Function) (*Call, error) { return h.begin(f.engine.call(), f) }

// begin lets c be a call of the function, or gives it back.
func (h *Herald) begin(c *Call, f *Function) (*Call, error) {
	if h.last != f.key() && !h.asked {
		f.trails.follow(h.near)
	}
	if !f.users.Enter(h.near) {
		f.engine.calls.Put(c)
		return nil, ErrRetired
	}
	h.last = f.key()
	c.fn, c.near, c.key = f, h.near, h.key
	c.owners.Store(1)
	return c, nil
}

// announced are trails by the key that a call is announced with. What was noted
// is lost when too many others come.
type announced [1 << 14]bucket

// bucket is a line of memory: notes that have the same place.
type bucket struct {
	keys  [notes]atomic.Uint64 // 0 is none
	steps [notes]atomic.Pointer[footsteps]
}

const notes = 4

func (a *announced) bucket(key uint64) *bucket { return &a[key>>32%uint64(len(a))] }

func (a *announced) find(key uint64) *footsteps {
	b := a.bucket(key)
	for n := range b.keys {
		if b.keys[n].Load() == key {
			return b.steps[n].Load()
		}
	}
	return nil
}

// note keeps the trail of a call that was announced with the key; 0: it was not.
// Two that note at the same time may leave the trail of one with the key of the
// other, until one of them is noted again.
func (a *announced) note(key uint64, steps *footsteps) {
	if key == 0 {
		return
	}
	b := a.bucket(key)
	n := b.choose(key)
	if b.keys[n].Load() != key {
		b.steps[n].Store(nil)
		b.keys[n].Store(key)
	}
	if b.steps[n].Load() != steps {
		b.steps[n].Store(steps)
	}
}

// choose returns where the note for a key is, or is to be.
func (b *bucket) choose(key uint64) int {
	for n := range b.keys {
		if other := b.keys[n].Load(); other == key || other == 0 {
			return n
		}
	}
	return int(key >> 8 % notes)
}
