// Package journal keeps the last lines of every app: what functions printed and
// how runs ended. It is not the server's own log, and it keeps nothing past the
// end of the process.
package journal

import (
	"sync"
	"time"
)

// Options bounds what is kept; zero keeps nothing. Take [Default] and change
// what differs.
type Options struct {
	Lines      int // kept of each app
	Bytes      int // kept of each app; texts and names count, the oldest lines go first
	LineBytes  int // of one text; what is longer is cut and marked
	FollowRoom int // lines that wait for a slow follower before it loses some
}

// Default returns the bounds of a server.
func Default() Options {
	return Options{Lines: 1000, Bytes: 1 << 20, LineBytes: 16 << 10, FollowRoom: 256}
}

// Journal keeps lines and hands them to followers. An app without lines costs
// nothing, and there is no goroutine. All methods are safe for concurrent use.
type Journal struct {
	options Options
	desks   desks // cleared with mu held

	mu        sync.Mutex
	sequence  uint64
	apps      map[string]*ring
	followers map[*Follower]struct{}
	closed    bool
}

// New returns an empty journal.
func New(o Options) *Journal {
	j := &Journal{options: o, apps: map[string]*ring{}, followers: map[*Follower]struct{}{}}
	j.desks = newDesks(j.fileLocked)
	return j
}

// Append keeps line and hands it to followers. It never blocks on them: a
// follower without room loses the line and counts it. The line's Sequence is
// set here, and its Time when that is zero. The line keeps its strings alive;
// they must not be parts of something large. After Close it does nothing.
func (j *Journal) Append(line Line) {
	if line.Time.IsZero() {
		line.Time = time.Now()
	}
	line.Text = cut(line.Text, j.options.LineBytes)

	taken, full := j.desks.put(&line)
	if taken && !full {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if taken {
		j.desks.clear()
	} else {
		j.fileLocked(&line)
	}
}

// fileLocked keeps a line and hands it to followers.
func (j *Journal) fileLocked(line *Line) {
	if j.closed {
		return
	}
	j.sequence++
	line.Sequence = j.sequence
	j.keepLocked(line)
	if len(j.followers) == 0 {
		return
	}
	read := line.read()
	for f := range j.followers {
		f.offerLocked(read)
	}
}

func (j *Journal) keepLocked(line *Line) {
	if j.options.Lines < 1 || j.options.Bytes < 1 {
		return
	}
	r := j.apps[line.App]
	if r == nil {
		r = &ring{}
		j.apps[line.App] = r
	}
	r.push(line, j.options.Lines, j.options.Bytes)
}

// Recent returns the newest lines of app, at most n, the oldest of them first.
// With a function it returns only that function's lines.
func (j *Journal) Recent(app, function string, n int) []Line {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.desks.clear()
	r := j.apps[app]
	if r == nil {
		return nil
	}
	return r.newest(function, n)
}

// Follow returns a follower of the lines that app appends from now on; with a
// function, of that function's lines; with neither, of every app's. To show
// what was before as well, follow first, then take Recent, and leave out what
// the follower brings with a Sequence that Recent reached. The caller closes
// the follower.
func (j *Journal) Follow(app, function string) *Follower {
	f := &Follower{journal: j, app: app, function: function, lines: make(chan Line, max(0, j.options.FollowRoom))}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		close(f.lines)
		return f
	}
	j.desks.cleared.Store(true)
	j.desks.clear() // to those who followed before
	j.followers[f] = struct{}{}
	return f
}

// Forget drops the lines of an app that was deleted.
func (j *Journal) Forget(app string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.desks.clear()
	delete(j.apps, app)
}

// Close ends all followers and drops all lines.
func (j *Journal) Close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.desks.cleared.Store(true)
	j.desks.clear()
	j.closed = true
	for f := range j.followers {
		j.removeLocked(f)
	}
	clear(j.apps)
}

// removeLocked ends f once. Channels are closed here only, under the mutex that
// every sender holds.
func (j *Journal) removeLocked(f *Follower) {
	if _, ok := j.followers[f]; ok {
		delete(j.followers, f)
		close(f.lines)
		j.desks.cleared.Store(len(j.followers) > 0 || j.closed)
	}
}
