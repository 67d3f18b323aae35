package journal

import "sync/atomic"

// Follower receives lines as they are appended.
type Follower struct {
	journal       *Journal
	app, function string
	lines         chan Line
	dropped       atomic.Int64
}

// C returns the channel of lines. It is closed by Close, the follower's or the
// journal's.
func (f *Follower) C() <-chan Line { return f.lines }

// Dropped returns how many lines were lost so far because nobody received them
// in time.
func (f *Follower) Dropped() int64 { return f.dropped.Load() }

// Close ends the follower. It may be called more than once.
func (f *Follower) Close() {
	f.journal.mu.Lock()
	defer f.journal.mu.Unlock()
	f.journal.removeLocked(f)
}

// offerLocked sends the line if it is one that f follows and there is room.
// The journal's mutex is held, so the channel is open.
func (f *Follower) offerLocked(line Line) {
	if f.app != "" && f.app != line.App || f.function != "" && f.function != line.Function {
		return
	}
	select {
	case f.lines <- line:
	default:
		f.dropped.Add(1)
	}
}
