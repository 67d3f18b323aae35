package image

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/postern-dev/postern/runtime/internal/trail"
)

// Memory is one linear memory, off the Go heap where the system allows it. It
// has the methods that wazero asks of a linear memory. All methods but [Memory.Bytes]
// belong to whoever uses the instance at the moment.
type Memory struct {
	// Admit is asked before the memory grows by so many bytes, and may refuse;
	// nil admits all growth up to the maximum.
	Admit func(bytes uint64) bool

	im      *Image // nil: blank
	room    []byte
	max     uint64
	opened  uint64        // bytes of room that can be used; at most max
	size    atomic.Uint64 // invariant: at most opened
	private int
	habit   habit
	use     use
	refused int
}

// NewMemory returns a memory that can grow to max bytes and starts as im, or
// blank when im is nil. It holds im until [Memory.Free].
func NewMemory(im *Image, max uint64) (*Memory, error) {
	if im == nil {
		room, err := newRoom(0, max)
		if err != nil {
			return nil, fmt.Errorf("reserve a memory of %d bytes: %w", max, err)
		}
		return &Memory{room: room, max: max}, nil
	}
	if im.size > max {
		return nil, fmt.Errorf("an image of %d bytes does not fit into %d", im.size, max)
	}
	if !im.hold() {
		return nil, errClosed
	}
	room, err := newRoom(im.size, max)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reserve a memory of %d bytes: %w", max, err), im.release())
	}
	if err := im.store.lay(room); err != nil {
		return nil, errors.Join(fmt.Errorf("lay an image of %d bytes: %w", im.size, err), freeRoom(room), im.release())
	}
	m := &Memory{im: im, room: room, max: max, opened: im.size, habit: habit{bare: true}}
	m.size.Store(im.size)
	return m, nil
}

// Reallocate makes the memory at least size bytes long and returns it, or nil
// when that is more than its maximum. What is new is zero. The first call for a
// memory with an image gives the whole image.
func (m *Memory) Reallocate(size uint64) []byte {
	have := m.size.Load()
	if size <= have {
		return m.View()
	}
	if size > m.max || m.Admit != nil && !m.Admit(size-have) {
		m.refused++
		return nil
	}
	if size > m.opened {
		room, err := openRoom(m.room, m.opened, size)
		if err != nil { // the system is out of memory
			m.refused++
			return nil
		}
		m.room, m.opened = room, size
	}
	m.size.Store(size)
	return m.View()
}

// View returns the memory as it is now. The slice is good until the memory
// grows, is reset or is freed.
func (m *Memory) View() []byte { return m.room[:m.size.Load():m.size.Load()] }

// Reset makes the memory equal to its image again, in length as well: who has a
// slice of it must take a new one with [Memory.View]. After an error the contents
// are unknown and the memory must be freed.
func (m *Memory) Reset() error {
	if m.im == nil {
		return errBlank
	}
	size := m.im.size
	if grown := m.size.Load(); grown > size {
		if err := blank(m.room, size, grown); err != nil {
			return fmt.Errorf("cut a memory of %d bytes: %w", grown, err)
		}
		m.size.Store(size)
	}
	if m.use.quiet {
		m.use.putBack(m.im.store, m.room[:size:size])
		return nil
	}
	m.use.begin()
	private, kept, err := m.im.store.restore(m.room[:size:size], m.habit.most(), &m.use)
	if err != nil {
		return fmt.Errorf("reset a memory of %d bytes: %w", size, err)
	}
	m.habit.learn(private, kept)
	m.use.learn(kept && m.habit.settled())
	if m.private = private; !kept {
		m.private = 0
	}
	return nil
}

// Rest gives the pages that are private back to the system. It must follow a
// Reset. The memory stays equal to its image, and the next call takes page
// faults again: it is for memories that nobody is going to use soon.
func (m *Memory) Rest() error {
	if m.im == nil {
		return errBlank
	}
	if m.private == 0 {
		return nil
	}
	if err := m.im.store.rest(m.room[:m.im.size:m.im.size]); err != nil {
		return fmt.Errorf("rest a memory of %d bytes: %w", m.im.size, err)
	}
	m.private = 0
	m.habit.forget()
	m.use.forget()
	return nil
}

// Bytes returns the present length. It may be called at any time, by anyone.
func (m *Memory) Bytes() uint64 { return m.size.Load() }

// Private returns the number of system pages that the last Reset left to this
// memory alone; the others are shared with its image.
func (m *Memory) Private() int { return m.private }

// Refused returns how often it was refused to grow.
func (m *Memory) Refused() int { return m.refused }

// Free gives the memory back to the system. Slices of it must not be touched
// afterwards. Only the first call has an effect.
func (m *Memory) Free() {
	if m.room == nil {
		return
	}
	// Neither can fail for a range that this type mapped itself, and there is
	// nobody who could do anything about it.
	_ = freeRoom(m.room)
	m.room = nil
	if m.im != nil {
		_ = m.im.release()
	}
}

// Trace adds what a use and the reset after it touch besides the memory itself,
// and of that the beginnings of what was written.
func (m *Memory) Trace(t *trail.Trail) {
	trail.Of(t, m)
	trail.Each(t, m.use.spans)
	for _, s := range m.use.spans {
		t.Add(unsafe.Pointer(&m.room[s.from]), traced)
	}
}

// traced is how much of written pages a trail has: what comes behind it is
// brought along by the processor itself.
const traced = 1024
