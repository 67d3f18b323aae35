// Package linger closes connections so that clients get the last answer: it
// ends the sending half first and reads on for a bounded while, because closing
// a connection with unread bytes resets it, and a reset may overtake the answer.
// It is not a limit on clients: those are set where requests are read.
package linger

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Options bound what a closed connection may still cost. Zero means zero: with
// any of them zero, connections are closed at once.
type Options struct {
	Wait     time.Duration // for the client to be done
	MaxBytes int64         // read and dropped per connection
	MaxConns int           // lingering at a time; others are closed at once
	Silence  time.Duration // what a client that sent nothing yet has left when the listener closes
}

// Default suits a server that faces strangers.
func Default() Options {
	return Options{Wait: 2 * time.Second, MaxBytes: 64 << 20, MaxConns: 256, Silence: 250 * time.Millisecond}
}

// Listener gives connections whose Close lingers. Make one with New.
type Listener struct {
	net.Listener
	options Options
	open    sync.WaitGroup // connections that linger

	mu     sync.Mutex
	count  int                // of connections that linger
	ended  bool               // Wait was called
	silent map[*conn]struct{} // nothing arrived on them yet
	until  time.Time          // when their reads fail; zero before Close
}

// New returns a listener over inner. Closing it closes inner.
func New(inner net.Listener, o Options) *Listener {
	return &Listener{Listener: inner, options: o, silent: map[*conn]struct{}{}}
}

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	half, ok := c.(halfCloser)
	if !ok {
		return c, nil // no way to end one half only
	}
	made := &conn{Conn: c, half: half, listener: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.silent[made] = struct{}{}
	if !l.until.IsZero() {
		_ = c.SetReadDeadline(l.until)
	}
	return made, nil
}

// Close takes no more connections. Clients often open one ahead of need: those
// on which nothing arrives soon are no reason to wait, and their reads fail.
func (l *Listener) Close() error {
	err := l.Listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.until.IsZero() {
		l.until = time.Now().Add(l.options.Silence)
	}
	for c := range l.silent {
		_ = c.Conn.SetReadDeadline(l.until)
	}
	return err
}

// heard notes that c is no longer silent.
func (l *Listener) heard(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.silent, c)
}

// setSilent sets the read deadline of a silent connection.
func (l *Listener) setSilent(c *conn, t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.until.IsZero() && (t.IsZero() || t.After(l.until)) {
		t = l.until
	}
	return c.Conn.SetReadDeadline(t)
}

// Wait returns when no connection lingers any more. From then on connections
// are closed at once.
func (l *Listener) Wait() {
	l.end()
	l.open.Wait()
}

func (l *Listener) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
}

// enter takes a place for one more connection, if there is one.
func (l *Listener) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || l.count >= l.options.MaxConns {
		return false
	}
	l.count++
	l.open.Add(1)
	return true
}

// leave gives the place back.
func (l *Listener) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count--
	l.open.Done()
}

type halfCloser interface{ CloseWrite() error }

// conn is a connection in use. Once closed, its reads fail though the lingering
// goes on.
type conn struct {
	net.Conn
	half     halfCloser
	listener *Listener
	closed   atomic.Bool
	spoken   atomic.Bool // something arrived
	reading  sync.Mutex  // held by whoever reads: the lingering begins when nobody does
}

// Read reads unless the connection is closed.
func (c *conn) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.closed.Load() {
		return 0, net.ErrClosed
	}
	n, err := c.Conn.Read(p)
	if n > 0 && !c.spoken.Load() {
		c.spoken.Store(true)
		c.listener.heard(c)
	}
	if c.closed.Load() {
		return 0, net.ErrClosed
	}
	return n, err
}

// SetReadDeadline is what net.Conn says, but for a connection on which nothing
// arrived when its listener is closed.
func (c *conn) SetReadDeadline(t time.Time) error {
	if !c.spoken.Load() {
		return c.listener.setSilent(c, t)
	}
	return c.Conn.SetReadDeadline(t)
}

// SetDeadline sets both deadlines.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// Close ends the sending half and lets the rest linger without waiting for it.
func (c *conn) Close() error {
	if c.closed.Swap(true) {
		return net.ErrClosed
	}
	c.listener.heard(c)
	if !c.listener.enter() {
		return c.Conn.Close()
	}
	if err := c.half.CloseWrite(); err != nil {
		c.listener.leave()
		return c.Conn.Close()
	}
	_ = c.Conn.SetReadDeadline(time.Unix(1, 0)) // wakes whoever reads
	go c.linger()
	return nil
}

// linger reads until the client is done or has had its share. A reader that a
// deadline woke looks at the deadline once more before it returns: it must be
// gone before the next one is set, or it waits for that.
func (c *conn) linger() {
	defer c.listener.leave()
	c.reading.Lock()
	c.reading.Unlock() // the reader that Close woke is gone; none comes after it
	o := c.listener.options
	_ = c.Conn.SetReadDeadline(time.Now().Add(o.Wait))
	_, _ = io.CopyN(io.Discard, c.Conn, o.MaxBytes)
	_ = c.Conn.Close()
}
