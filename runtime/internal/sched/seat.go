package sched

import (
	"runtime"
	"sync/atomic"
	"time"
)

// A seat keeps a slot for the processor that used it last, and watches over the
// run in it: a first attempt that sits in a seat begins, answers and gives its
// slot back without the lane's mutex, and without a write to memory that other
// processors use. Whatever is rare is done by the lane under its mutex, which
// takes the seat first. The state of a seat says whose it is:
//
//	vacant     the lane's; there is no slot in it
//	idle       anybody's; there is a slot in it that nobody uses
//	taken      the one's who took it, and nobody else may look inside
//	occupied   a run is going on in it that answers if nothing happens before:
//	           its goroutine may take it, and so may the lane
//
//	vacant ◄───┬──────────┬─────────────┐
//	   │       │ the lane needs the slot, or must decide the call
//	   │       │          │             │
//	   └──► taken ◄───── idle           │
//	          │ ▲ └───────►             │
//	          │ └── the run has ended ──┤
//	          └────────────────────►occupied
//
// Dissolving a seat under an open run leaves run and slot to the lane, as if
// there had never been a seat.
type seat[R any] struct {
	// state is a phase in the lower two bits, and above them a count of how
	// often the seat was taken; so an old look at it never passes for a new one.
	state atomic.Uint64

	// Of the open run; written while taken.
	call  atomic.Pointer[call[R]]
	until atomic.Int64 // when the call's patience ends
	watch atomic.Pointer[watch]

	usual atomic.Int64 // how long runs take lately

	_ [cacheLine - 5*8]byte
}

// cacheLine is what processors move between each other: a pair of lines, since
// many fetch the neighbour too.
const cacheLine = 128

type phase uint64

const (
	vacant phase = iota
	idle
	taken
	occupied
	phases = 4
)

// maxSeats is how many seats a lane has at most. Runs beyond that do without.
func maxSeats() int { return min(2*runtime.GOMAXPROCS(0), 64) }

// take turns the seat from the phase into taken, if it is in it.
func (s *seat[R]) take(from phase) bool {
	state := s.state.Load()
	return phase(state%phases) == from && s.state.CompareAndSwap(state, (state/phases+1)*phases+uint64(taken))
}

// become leaves the phase taken.
func (s *seat[R]) become(p phase) { s.state.Store(s.in(p)) }

// in is the present state in another phase.
func (s *seat[R]) in(p phase) uint64 { return s.state.Load()/phases*phases + uint64(p) }

func (s *seat[R]) phase() phase { return phase(s.state.Load() % phases) }

// sit gives c the seat that was taken for it; the slot in it is c's.
func (s *seat[R]) sit(c *call[R]) {
	c.seat = s
	s.call.Store(c)
	s.until.Store(int64(c.until))
	s.watch.Store(c.watch)
	c.sitting = s.in(occupied)
	s.state.Store(c.sitting)
}

// sitter returns the call of the open run if due says so, having dissolved the
// seat. The lane's mutex is held.
func (s *seat[R]) sitter(due func(until time.Duration, w *watch) bool) *call[R] {
	state := s.state.Load()
	if phase(state%phases) != occupied {
		return nil
	}
	c, until, w := s.call.Load(), s.until.Load(), s.watch.Load()
	if !due(time.Duration(until), w) || !s.state.CompareAndSwap(state, state/phases*phases+uint64(vacant)) {
		return nil
	}
	return c
}
