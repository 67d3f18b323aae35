package lite

import (
	"context"
	"unsafe"
)

// program is the function's own state, in the only place where the exports of
// a module can find it. It is made at the start, so that it is part of the
// image and no call has to make it again.
var program = newState()

// state is what calls work with. Every page that a call writes to has to be put
// back after it, so what each of them needs lies side by side:
//
//	0             a page                     two pages
//	├─────┬────────────────────┬──────────────────┤
//	│work │ reply              │                  │
//	└─────┴────────────────────┴──────────────────┘
type state struct {
	work
	room [pages - allocator - unsafe.Sizeof(work{})]byte
}

// The allocator begins its objects of this size with a page, of which it takes
// a word.
const (
	pages     = 8 << 10
	allocator = 8
)

// work is a state but for its room.
type work struct {
	handle  func(ctx context.Context, event []byte) ([]byte, error)
	reply   []byte    // of the last call; the host reads it after postern_handle returned
	taken   int       // rooms given to the host for this call
	event   []byte    // holds one that is too large for room
	kept    []byte    // held a reply that was too large for it
	calling int       // calls of services that the host is in the middle of
	answers [][]byte  // room it asked for in there
	slips   *[64]slip // for the first calls; those after them get theirs from the heap
	ran     int       // slips that were given away
	slip    *slip     // of the call under way; nil: none
	given             // of the slip
	owned   bool      // the event lies in the slip: strings may point into it
	fields  fields    // of the event
}

// given is what of a slip belongs to somebody.
type given struct {
	run, prepared bool
	bytes         int // of its room
	lists         int
}

// newState makes a state on the heap: where package variables lie, nothing
// begins with a page.
//
//go:noinline
func newState() *state {
	s := new(state)
	s.slips = new([64]slip)
	return s
}

// slip is what a call may give to somebody who keeps it: a context, strings and
// lists of one string. So it is never used again. In clean memory all calls have
// the same.
type slip struct {
	run
	prepared prepared
	lists    [16]string
	room     [slipSize - unsafe.Sizeof(run{}) - unsafe.Sizeof(prepared{}) - unsafe.Sizeof([16]string{})]byte // the event, the context, then strings
}

// slipSize makes slips end where pages do.
const slipSize = 4 << 10

// slack is how far behind an event words may be read.
const slack = 8

// maxKept is the size up to which buffers are kept for the next call.
const maxKept = 256 << 10

// eventRoom returns room for an event of n bytes, and more behind it.
func (s *state) eventRoom(n int) []byte {
	s.slip, s.given, s.owned = nil, given{}, false
	size := n + slack
	if s.ran < len(s.slips) {
		slip := &s.slips[s.ran]
		s.ran++
		s.slip = slip
		if size <= len(slip.room)/2 {
			s.owned, s.bytes = true, size
			return slip.room[:size]
		}
	}
	if len(s.event) < size {
		s.event = make([]byte, size)
	}
	return s.event
}

// contextRoom returns room for a context of n bytes as JSON.
func (s *state) contextRoom(n int) []byte {
	if room := s.keep(n); room != nil {
		return room
	}
	return make([]byte, n)
}

// takeRun returns the context of a call. It keeps contextJSON, unread.
func (s *state) takeRun(contextJSON []byte) *run {
	if s.slip == nil || s.given.run {
		return newRun(contextJSON)
	}
	s.given.run = true
	r := &s.slip.run
	r.context = contextJSON
	return r
}

// replyRoom returns room for a reply, which the next event takes back.
func (s *state) replyRoom() []byte {
	if room := s.room[:0]; cap(room) >= cap(s.kept) {
		return room
	}
	return s.kept[:0]
}

// keepReply notes the room that a reply came to need, and returns the reply.
func (s *state) keepReply(reply []byte) []byte {
	if c := cap(reply); c > len(s.room) && c <= maxKept {
		s.kept = reply
	}
	return reply
}

// release gives up what is too large to be kept for the next call.
func (s *state) release() {
	if len(s.event) > maxKept {
		s.event = nil
	}
}

// takePrepared returns the header that was made ready for the call, once; later
// and without one it is a header that is still to be made.
func (s *state) takePrepared() *prepared {
	if s.slip == nil || s.given.prepared || s.slip.prepared.header == nil {
		return newPrepared()
	}
	s.given.prepared = true
	return &s.slip.prepared
}

// ownString returns a part of the event as a string. Where nobody else will
// write to the event that is no copy.
func (s *state) ownString(b []byte) string {
	if s.owned {
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	return s.keepString(b)
}

// keepString returns b as a string of its own.
//
//go:noinline
func (s *state) keepString(b []byte) string {
	if room := s.keep(len(b)); room != nil {
		copy(room, b)
		return unsafe.String(unsafe.SliceData(room), len(room))
	}
	return string(b)
}

// keepJoined returns b and text as one string of its own.
func (s *state) keepJoined(b []byte, text string) string {
	if room := s.keep(len(b) + len(text)); room != nil {
		copy(room[copy(room, b):], text)
		return unsafe.String(unsafe.SliceData(room), len(room))
	}
	return string(b) + text
}

// keepBytes returns the bytes of text as a slice of its own.
func (s *state) keepBytes(text string) []byte {
	if room := s.keep(len(text)); room != nil {
		copy(room, text)
		return room
	}
	return []byte(text)
}

// keepList returns text as a list of its own.
func (s *state) keepList(text string) []string {
	if s.slip == nil || s.lists >= len(s.slip.lists) {
		return []string{text}
	}
	one := s.slip.lists[s.lists : s.lists+1 : s.lists+1]
	s.lists++
	one[0] = text
	return one
}

// keep returns n bytes that belong to the caller for good; nil when there is no
// such room left.
func (s *state) keep(n int) []byte {
	if n == 0 || s.slip == nil || n > len(s.slip.room)-s.bytes {
		return nil
	}
	room := s.slip.room[s.bytes:][:n:n]
	s.bytes += n
	return room
}
