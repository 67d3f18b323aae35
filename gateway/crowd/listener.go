// Package crowd keeps one client address from taking all connections. It is not
// a limit on requests, and it does not know who stands behind a proxy: for those
// the proxy's address counts.
package crowd

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// refusal is what a connection too many gets. It is too early for a request id.
const refusal = "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: 74\r\n" +
	"Retry-After: 1\r\nConnection: close\r\n\r\n" + refusalBody

const refusalBody = `{"error":{"code":"busy","message":"too many connections from an address"}}`

// refusalWait bounds the time that writing the refusal may take.
const refusalWait = 100 * time.Millisecond

// Listener accepts at most so many connections per address at a time. Make one
// with New.
type Listener struct {
	net.Listener
	most int

	mu    sync.Mutex
	count map[netip.Prefix]int // open connections; no entry is zero
}

// New returns a listener over inner that takes at most most connections per
// IPv4 address, and per /64 network of IPv6 addresses, which is what one
// customer has. Closing it closes inner.
func New(inner net.Listener, most int) *Listener {
	return &Listener{Listener: inner, most: most, count: map[netip.Prefix]int{}}
}

// Accept waits for the next connection whose address has room. Others are
// refused and closed.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from, ok := prefix(c.RemoteAddr())
		if !ok {
			return c, nil // not a network that has addresses
		}
		if l.enter(from) {
			return &conn{Conn: c, leave: sync.OnceFunc(func() { l.leave(from) })}, nil
		}
		refuse(c)
	}
}

// refuse answers a connection that is one too many. The answer fits the
// buffer of a new connection, so writing it does not hold up the others.
func refuse(c net.Conn) {
	if c.SetWriteDeadline(time.Now().Add(refusalWait)) == nil {
		_, _ = c.Write([]byte(refusal))
	}
	_ = c.Close()
}

func (l *Listener) enter(from netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count[from] >= l.most {
		return false
	}
	l.count[from]++
	return true
}

func (l *Listener) leave(from netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count[from]--; l.count[from] == 0 {
		delete(l.count, from)
	}
}

// prefix is what connections are counted by.
func prefix(addr net.Addr) (netip.Prefix, bool) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}, false
	}
	ip, ok := netip.AddrFromSlice(tcp.IP)
	if !ok {
		return netip.Prefix{}, false
	}
	ip = ip.Unmap().WithZone("")
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, err := ip.Prefix(bits)
	return p, err == nil
}

// conn gives its place back once it is closed.
type conn struct {
	net.Conn
	leave func()
}

// Close closes the connection; more than once is as good as once.
func (c *conn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// CloseWrite ends the sending half.
func (c *conn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return net.ErrClosed
	}
	return half.CloseWrite()
}
