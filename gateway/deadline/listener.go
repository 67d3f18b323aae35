// Package deadline makes it cheap to move the deadlines of a connection a
// little with every request: the timer behind it is moved at most once per
// slack. It is not what decides how long a client may take.
package deadline

import (
	"net"
	"sync/atomic"
	"time"
)

// Listener gives connections whose deadlines may pass up to a slack late, and
// never early.
type Listener struct {
	net.Listener
	slack time.Duration
}

// New returns a listener over inner. Closing it closes inner.
func New(inner net.Listener, slack time.Duration) *Listener {
	return &Listener{Listener: inner, slack: slack}
}

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp, ok := c.(duplex)
	if !ok {
		return c, nil // nothing is known of what moving its deadline costs
	}
	return &conn{duplex: tcp, slack: l.slack}, nil
}

// duplex is a connection as TCP has it.
type duplex interface {
	net.Conn
	CloseWrite() error
}

// conn knows what deadlines are set. Deadlines are monotonic time in
// nanoseconds since start; 0 is none.
type conn struct {
	duplex
	slack       time.Duration
	read, write atomic.Int64
}

// start is where deadlines are counted from.
var start = time.Now()

// SetReadDeadline is what net.Conn says, up to the slack late.
func (c *conn) SetReadDeadline(t time.Time) error {
	later, set := c.move(&c.read, t)
	if !set {
		return nil
	}
	return c.duplex.SetReadDeadline(later)
}

// SetWriteDeadline is what net.Conn says, up to the slack late.
func (c *conn) SetWriteDeadline(t time.Time) error {
	later, set := c.move(&c.write, t)
	if !set {
		return nil
	}
	return c.duplex.SetWriteDeadline(later)
}

// SetDeadline sets both.
func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// move returns the deadline to set for one that was asked for, and whether it
// has to be set at all.
//
//	       t            t+slack
//	───────┼───────────────┼──────►
//	       └ set is in here: it stays
func (c *conn) move(set *atomic.Int64, t time.Time) (later time.Time, move bool) {
	if t.IsZero() {
		return t, set.Swap(0) != 0
	}
	asked := int64(t.Sub(start))
	if now := set.Load(); now != 0 && asked <= now && now <= asked+int64(c.slack) {
		return t, false
	}
	if time.Until(t) <= 0 { // it is to pass at once
		set.Store(asked)
		return t, true
	}
	set.Store(asked + int64(c.slack))
	return t.Add(c.slack), true
}
