package load

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"
)

// link is one connection to the server, dialled anew when it is gone. It is
// used by one goroutine at a time.
type link struct {
	address  string
	tls      *tls.Config // nil for plain HTTP
	patience time.Duration

	mu   sync.Mutex // between the link's user, who changes conn, and expire
	conn net.Conn   // nil when it is not connected

	deadline time.Time
	in       reader
	out      []byte
	answer   answer
}

func newLink(base *url.URL, patience time.Duration) *link {
	l := &link{address: base.Host, patience: patience}
	if base.Port() == "" {
		l.address = net.JoinHostPort(base.Hostname(), "80")
	}
	if base.Scheme == "https" {
		l.tls = &tls.Config{ServerName: base.Hostname(), NextProtos: []string{"http/1.1"}}
		if base.Port() == "" {
			l.address = net.JoinHostPort(base.Hostname(), "443")
		}
	}
	return l
}

// dial connects when there is no connection.
func (l *link) dial(ctx context.Context) error {
	if l.conn != nil {
		return nil
	}
	d := net.Dialer{Timeout: l.patience}
	conn, err := d.DialContext(ctx, "tcp", l.address)
	if err == nil && l.tls != nil {
		secured := tls.Client(conn, l.tls)
		if err = secured.HandshakeContext(ctx); err != nil {
			_ = conn.Close() // the handshake's error says more
		}
		conn = secured
	}
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	l.set(conn)
	l.deadline = time.Time{}
	l.in.from = conn
	l.in.reset()
	return nil
}

// exchange sends one request and reads its answer, which is valid until the
// next one. The connection is closed after an error, and when the server says
// so.
func (l *link) exchange(ctx context.Context, m *message, number uint64, now time.Time) (*answer, int, error) {
	if err := l.dial(ctx); err != nil {
		return nil, 0, err
	}
	l.extend(now)
	wire := m.append(l.out[:0], number)
	if m.after != nil {
		l.out = wire
	}
	if _, err := l.conn.Write(wire); err != nil {
		l.close()
		return nil, 0, fmt.Errorf("send: %w", err)
	}
	if err := l.in.read(&l.answer, m.Method); err != nil {
		l.close()
		return nil, 0, fmt.Errorf("receive: %w", err)
	}
	if l.answer.closes {
		l.close()
	}
	return &l.answer, len(wire), nil
}

// extend moves the connection's deadline on. It does so rarely, because each
// move costs about as much as a small request: an exchange has between one and
// two times the patience.
func (l *link) extend(now time.Time) {
	if l.deadline.Sub(now) >= l.patience {
		return
	}
	l.deadline = now.Add(2 * l.patience)
	_ = l.conn.SetDeadline(l.deadline) // a connection that is gone says so when it is used
}

func (l *link) close() {
	if l.conn != nil {
		_ = l.conn.Close() // nothing is left to be sent
		l.set(nil)
	}
}

func (l *link) set(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = conn
}

// expire ends the exchange in flight. It may be called by another goroutine
// than the one that uses the link.
func (l *link) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		_ = l.conn.Close() // the exchange has the error
	}
}
