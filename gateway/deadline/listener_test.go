package deadline

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// pair returns both ends of a connection whose server side has lazy deadlines.
func pair(t *testing.T, slack time.Duration) (server, client net.Conn) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := New(inner, slack)
	t.Cleanup(func() { _ = l.Close() })
	if client, err = net.Dial("tcp", inner.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server, client
}

func TestConn_endsAReadAfterItsDeadlineAndNotBefore(t *testing.T) {
	server, _ := pair(t, 40*time.Millisecond)
	deadline := time.Now().Add(60 * time.Millisecond)
	if err := server.SetReadDeadline(deadline); err != nil {
		t.Fatal(err)
	}
	_, err := server.Read(make([]byte, 1))
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("err = %v, want %v", err, os.ErrDeadlineExceeded)
	}
	if early := time.Until(deadline); early > 0 {
		t.Errorf("the read ended %v before its deadline", early)
	}
}

func TestConn_takesADeadlineThatHasPassed(t *testing.T) {
	server, _ := pair(t, time.Hour)
	if err := server.SetReadDeadline(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := server.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("err = %v, want %v", err, os.ErrDeadlineExceeded)
	}
}

func TestConn_readsAgainWhenItsDeadlineIsTakenAway(t *testing.T) {
	server, client := pair(t, time.Second)
	if err := server.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := server.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if n, err := server.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("read %d bytes, %v", n, err)
	}
}

// TestConn_move holds every set deadline against what was asked for.
func TestConn_move(t *testing.T) {
	c := &conn{slack: time.Second}
	begin := time.Now().Add(time.Hour)
	var armed time.Time
	moved := 0
	for i := range 10_000 {
		asked := begin.Add(time.Duration(i) * time.Millisecond)
		if later, move := c.move(&c.read, asked); move {
			armed = later
			moved++
		}
		if armed.Before(asked) || armed.After(asked.Add(2*time.Second)) {
			t.Fatalf("asked for %v, %v is set", asked, armed)
		}
	}
	if moved > 11 {
		t.Errorf("the timer was moved %d times in ten seconds", moved)
	}
}

func BenchmarkConn_SetReadDeadline(b *testing.B) {
	for _, slack := range []time.Duration{0, time.Second} {
		b.Run("slack="+slack.String(), func(b *testing.B) {
			inner, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			defer inner.Close()
			client, err := net.Dial("tcp", inner.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer client.Close()
			server, err := New(inner, slack).Accept()
			if err != nil {
				b.Fatal(err)
			}
			defer server.Close()
			for b.Loop() {
				if err := server.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
