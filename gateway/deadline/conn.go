package deadline

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// interim is how an announcement of an answer begins. After it the client goes
// on with its request.
var interim = []byte("HTTP/1.1 1")

// start is where deadlines are counted from.
var start = time.Now()

// conn is a connection that sets its own deadlines:
//
//	          first byte            answer
//	client ─────┼─────────────────────┼──────────────►
//	            └ Read for the rest   └ Idle for the next
//
// Those that its user sets hold as well, until the next of these moments.
type conn struct {
	net.Conn
	limits      *Limits
	asking      atomic.Bool // a request began that has no answer
	read, write alarm
}

// alarm is the deadline of one direction. What is set later than it must be,
// but not by more than the slack, is left alone.
type alarm struct {
	at atomic.Int64 // in nanoseconds since start; 0 is none of ours

	mu     sync.Mutex // held while it is moved
	theirs bool       // the user's alone from now on
}

// Read reads, and counts the time of a request from its first byte.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.asking.Load() {
		c.asking.Store(true)
		c.limitRead(c.limits.Read)
	}
	return n, err
}

// Write writes within the limit, and counts the time until the next request.
func (c *conn) Write(p []byte) (int, error) {
	c.limitWrite(c.limits.Write)
	n, err := c.Conn.Write(p)
	if !bytes.HasPrefix(p, interim) {
		c.asking.Store(false)
		c.limitRead(c.limits.Idle)
	}
	return n, err
}

func (c *conn) limitRead(limit time.Duration) {
	if at, move := c.read.due(limit, c.limits.Slack); move {
		c.read.move(at, c.Conn.SetReadDeadline)
	}
}

func (c *conn) limitWrite(limit time.Duration) {
	if at, move := c.write.due(limit, c.limits.Slack); move {
		c.write.move(at, c.Conn.SetWriteDeadline)
	}
}

// SetReadDeadline sets a deadline that holds until a request begins or an answer
// is written.
func (c *conn) SetReadDeadline(t time.Time) error {
	return c.read.set(t, c.Conn.SetReadDeadline)
}

// SetWriteDeadline sets a deadline that holds instead of the limit.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.write.giveAway()
	return c.write.set(t, c.Conn.SetWriteDeadline)
}

// SetDeadline sets both.
func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// CloseWrite ends the sending half. No request is awaited from then on, and how
// long reads may take is for the user to say.
func (c *conn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return net.ErrClosed
	}
	c.read.giveAway()
	return half.CloseWrite()
}

// due returns when the alarm has to be set to for something that may take as
// long as limit from now, and whether it has to be moved for that.
//
//	     now+limit    now+limit+slack
//	───────┼───────────────┼──────►
//	       └ set is in here: it stays
func (a *alarm) due(limit, slack time.Duration) (at time.Duration, move bool) {
	from := time.Since(start) + limit
	set := time.Duration(a.at.Load())
	return from + slack, set < from || from+slack < set
}

// move sets the alarm unless it is the user's. A connection that refuses a
// deadline is closed, which whoever reads or writes is told anyway.
func (a *alarm) move(at time.Duration, to func(time.Time) error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.theirs {
		a.at.Store(int64(at))
		_ = to(start.Add(at))
	}
}

// set sets the alarm for the user.
func (a *alarm) set(t time.Time, to func(time.Time) error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at.Store(0)
	return to(t)
}

// giveAway leaves the alarm to the user.
func (a *alarm) giveAway() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.theirs = true
}
