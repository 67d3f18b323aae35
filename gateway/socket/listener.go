// Package socket reads and writes connections without telling Go's scheduler of
// each system call. They never wait, so there is nothing for it to do meanwhile;
// told, it takes the processor away from a thread that the system happens to
// interrupt in one, wakes another thread for it, and looks every 20 µs whether
// there is more to take. It is not an event loop: who waits is parked as ever.
package socket

import "net"

// Listener gives connections that behave as those of the listener below. Where
// this package knows no better way they are those.
type Listener struct{ net.Listener }

// New returns a listener over inner. Closing it closes inner.
func New(inner net.Listener) *Listener { return &Listener{Listener: inner} }

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return c, nil // who knows what its system calls wait for
	}
	return direct(tcp)
}
