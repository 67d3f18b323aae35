package deadline

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var limits = Limits{Read: 10 * time.Second, Write: 20 * time.Second, Idle: 30 * time.Second, Slack: time.Second}

// pipe is a connection in memory that counts how often its deadlines are moved.
type pipe struct {
	net.Conn
	moved int
}

func (p *pipe) SetReadDeadline(t time.Time) error  { p.moved++; return p.Conn.SetReadDeadline(t) }
func (p *pipe) SetWriteDeadline(t time.Time) error { p.moved++; return p.Conn.SetWriteDeadline(t) }
func (p *pipe) CloseWrite() error                  { return nil }

// one is a listener that has one connection.
type one struct {
	net.Listener
	conn net.Conn
}

func (l one) Accept() (net.Conn, error) { return l.conn, nil }

// test runs f in a bubble with both ends of a connection.
func test(t *testing.T, f func(t *testing.T, server net.Conn, below *pipe, client net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		ours, client := net.Pipe()
		defer client.Close()
		below := &pipe{Conn: ours}
		server, err := New(one{conn: below}, limits).Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		f(t, server, below, client)
	})
}

// exchange lets the client ask and the server answer.
func exchange(t *testing.T, server, client net.Conn) {
	t.Helper()
	send(t, client, "request")
	receive(t, server, "request")
	answer(t, server, client, "HTTP/1.1 200 OK\r\n\r\n")
}

func answer(t *testing.T, server, client net.Conn, text string) {
	t.Helper()
	send(t, server, text)
	receive(t, client, text)
}

// send writes in the background.
func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	go func() {
		if _, err := io.WriteString(c, text); err != nil {
			t.Error(err)
		}
	}()
}

func receive(t *testing.T, c net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
		t.Fatalf("got %q, %v, want %q", got, err, want)
	}
	synctest.Wait()
}

// endsAfter fails unless a read waits for at least as long as limit and for at
// most the slack longer.
func endsAfter(t *testing.T, c net.Conn, limit time.Duration) {
	t.Helper()
	from := time.Now()
	_, err := c.Read(make([]byte, 1))
	took := time.Since(from)
	if !errors.Is(err, os.ErrDeadlineExceeded) || took < limit || took > limit+limits.Slack {
		t.Errorf("the read ended after %v with %v, want %v and a second at most", took, err, limit)
	}
}

func TestConn_waitsForTheFirstByteAsLongAsForARequest(t *testing.T) {
	test(t, func(t *testing.T, server net.Conn, _ *pipe, _ net.Conn) {
		endsAfter(t, server, limits.Read)
	})
}

// TestConn_limitsARequestAsAWhole has a client that sends a byte per second.
func TestConn_limitsARequestAsAWhole(t *testing.T) {
	test(t, func(t *testing.T, server net.Conn, _ *pipe, client net.Conn) {
		time.Sleep(5 * time.Second)
		for range 10 {
			send(t, client, "x")
			receive(t, server, "x")
			time.Sleep(time.Second)
		}
		endsAfter(t, server, 0)
	})
}

func TestConn_waitsForTheNextRequest(t *testing.T) {
	test(t, func(t *testing.T, server net.Conn, _ *pipe, client net.Conn) {
		exchange(t, server, client)
		endsAfter(t, server, limits.Idle)
	})
}

func TestConn_limitsTheNextRequest(t *testing.T) {
	test(t, func(t *testing.T, server net.Conn, _ *pipe, client net.Conn) {
		exchange(t, server, client)
		time.Sleep(20 * time.Second)
		send(t, client, "x")
		receive(t, server, "x")
		endsAfter(t, server, limits.Read)
	})
}

// TestConn_leavesTheHandlerItsTime has an answer that takes longer than all
// limits together.
func TestConn_leavesTheHandlerItsTime(t *testing.T) {
	test(t, func(t *testing.T, server net.Conn, _ *pipe, client net.Conn) {
		send(t, client, "request")
		receive(t, server, "request")
		time.Sleep(time.Hour)
		answer(t, server, client, "HTTP/1.1 200 OK\r\n\r\n")
		exchange(t, server, client)
	})
}

// TestConn_goesOnAfterAnAnnouncement: the body that a client was asked for
// belongs to the request whose time runs.
func TestConn_goesOnAfterAnAnnouncement(t *testing.T) {
	test(t, func(t *testing.T, server net.Conn, _ *pipe, client net.Conn) {
		send(t, client, "request")
		receive(t, server, "request")
		answer(t, server, client, "HTTP/1.1 100 Continue\r\n\r\n")
		endsAfter(t, server, limits.Read)
	})
}

func TestConn_limitsWrites(t *testing.T) {
	test(t, func(t *testing.T, server net.Conn, _ *pipe, _ net.Conn) {
		from := time.Now()
		_, err := server.Write([]byte("x"))
		took := time.Since(from)
		if !errors.Is(err, os.ErrDeadlineExceeded) || took < limits.Write || took > limits.Write+limits.Slack {
			t.Errorf("the write ended after %v with %v", took, err)
		}
	})
}

// TestConn_movesItsTimersOncePerSlack counts through ten seconds of requests.
// Read and Idle are alike, as by default.
func TestConn_movesItsTimersOncePerSlack(t *testing.T) {
	old := limits
	limits.Idle = limits.Read
	defer func() { limits = old }()
	test(t, func(t *testing.T, server net.Conn, below *pipe, client net.Conn) {
		for range 1000 {
			exchange(t, server, client)
			time.Sleep(10 * time.Millisecond)
		}
		if below.moved > 2*11 {
			t.Errorf("deadlines were moved %d times in ten seconds", below.moved)
		}
	})
}

func TestConn_holdsWhatItsUserSets(t *testing.T) {
	test(t, func(t *testing.T, server net.Conn, _ *pipe, client net.Conn) {
		exchange(t, server, client)
		if err := server.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		send(t, client, "x")
		receive(t, server, "x")
		endsAfter(t, server, limits.Read) // a request began
		if err := server.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		from := time.Now()
		if _, err := server.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(from) != time.Minute {
			t.Errorf("the write ended after %v with %v", time.Since(from), err)
		}
	})
}

// TestConn_leavesReadsAloneAfterCloseWrite: whoever lingers says how long.
func TestConn_leavesReadsAloneAfterCloseWrite(t *testing.T) {
	test(t, func(t *testing.T, server net.Conn, _ *pipe, client net.Conn) {
		exchange(t, server, client)
		if err := server.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if err := server.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		send(t, client, "x")
		receive(t, server, "x")
		endsAfter(t, server, time.Second)
	})
}

// TestConn_setsDeadlinesFromSeveralGoroutines is for the race detector.
func TestConn_setsDeadlinesFromSeveralGoroutines(t *testing.T) {
	test(t, func(t *testing.T, server net.Conn, below *pipe, client net.Conn) {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 100 {
					_ = server.SetReadDeadline(time.Now().Add(time.Minute))
				}
			})
		}
		for range 100 {
			exchange(t, server, client)
		}
		all.Wait()
	})
}

// idle is a connection that always has a byte and always has room.
type idle struct{ net.Conn }

func (idle) Read([]byte) (int, error)         { return 1, nil }
func (idle) Write(p []byte) (int, error)      { return len(p), nil }
func (idle) SetReadDeadline(time.Time) error  { return nil }
func (idle) SetWriteDeadline(time.Time) error { return nil }

// BenchmarkConn_exchange is what the limits cost for a request and its answer.
func BenchmarkConn_exchange(b *testing.B) {
	same := Limits{Read: time.Minute, Write: time.Minute, Idle: time.Minute, Slack: time.Second}
	server, err := New(one{conn: idle{}}, same).Accept()
	if err != nil {
		b.Fatal(err)
	}
	request, answer := make([]byte, 100), []byte("HTTP/1.1 200 OK\r\n\r\n")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := server.Read(request); err != nil {
			b.Fatal(err)
		}
		if _, err := server.Write(answer); err != nil {
			b.Fatal(err)
		}
	}
}
