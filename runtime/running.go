package runtime

import (
	"slices"
	"sync"

	"github.com/postern-dev/postern/abi/fault"
)

// running knows which attempts' functions run right now. Every instance has a
// seat, from its birth to its death, in which the attempt that uses it sits
// while the function runs. So a run touches nothing that other runs touch.
type running struct {
	mu    sync.Mutex
	seats []*seat
}

// seat is for one attempt at a time.
type seat struct {
	of    *running
	index int // in seats; guarded by the mu of running

	mu      sync.Mutex
	attempt *attempt
}

// seat returns an empty seat for a new instance.
func (r *running) seat() *seat {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &seat{of: r, index: len(r.seats)}
	r.seats = append(r.seats, s)
	return s
}

// leave takes away the seat of an instance that is closed.
func (s *seat) leave() {
	r := s.of
	r.mu.Lock()
	defer r.mu.Unlock()
	last := len(r.seats) - 1
	r.seats[s.index] = r.seats[last]
	r.seats[s.index].index = s.index
	r.seats[last] = nil
	r.seats = r.seats[:last]
}

// take seats an attempt whose function is about to run; nil when it ended.
func (s *seat) take(t *attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempt = t
}

// kill ends the runs of one call and returns how many there were.
func (r *running) kill(requestID string, f *fault.Error) (n int) {
	return r.killIf(f, func(t *attempt) bool { return t.call.RequestID == requestID })
}

// killAll ends all runs.
func (r *running) killAll(f *fault.Error) {
	r.killIf(f, func(*attempt) bool { return true })
}

func (r *running) killIf(f *fault.Error, wanted func(*attempt) bool) (n int) {
	for _, s := range r.all() {
		if s.killIf(f, wanted) {
			n++
		}
	}
	return n
}

func (r *running) all() []*seat {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seats)
}

// killIf ends the run of the attempt in the seat. An instance takes the word of
// another goroutine at any time, and its method returns at once.
func (s *seat) killIf(f *fault.Error, wanted func(*attempt) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.attempt == nil || !wanted(s.attempt) {
		return false
	}
	s.attempt.inst.Kill(f)
	return true
}
