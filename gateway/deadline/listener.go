// Package deadline cuts off clients that take too long: to send a request, to
// take its answer, or to send the next one. It sees from what is read and written
// how far a connection is, so that nobody has to set a deadline for every
// request. It knows nothing of how long functions may take.
package deadline

import (
	"net"
	"time"
)

// Limits say how long a client may take. Each must be set.
type Limits struct {
	Read  time.Duration // for a request from its first byte to its last, and until the first byte of a connection
	Write time.Duration // to take what is written at once
	Idle  time.Duration // from an answer to the first byte of the next request

	// Slack is how much longer any of them may be; none is shorter. Moving a
	// timer costs more than reading the clock, and with some slack it is moved
	// once per slack instead of once per request.
	Slack time.Duration
}

// Listener gives connections that keep the limits.
type Listener struct {
	net.Listener
	limits Limits
}

// New returns a listener over inner. Closing it closes inner.
func New(inner net.Listener, limits Limits) *Listener {
	return &Listener{Listener: inner, limits: limits}
}

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	inner, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: inner, limits: &l.limits}
	c.limitRead(l.limits.Read)
	return c, nil
}
