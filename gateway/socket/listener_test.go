package socket

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// pair returns both ends of a connection whose server side comes from a
// listener made by wrap.
func pair(t *testing.T, wrap func(net.Listener) net.Listener) (server net.Conn, client *net.TCPConn) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := wrap(inner)
	t.Cleanup(func() { _ = l.Close() })
	c, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server, c.(*net.TCPConn)
}

func ours(l net.Listener) net.Listener  { return New(l) }
func plain(l net.Listener) net.Listener { return l }

// TestConn_echoes sends more than buffers hold in both directions at once, by a
// client that is slow at first, so that both directions have to wait.
func TestConn_echoes(t *testing.T) {
	server, client := pair(t, ours)
	sent := make([]byte, 24<<20+7)
	if _, err := rand.Read(sent); err != nil {
		t.Fatal(err)
	}
	var both sync.WaitGroup
	both.Go(func() {
		if _, err := io.Copy(struct{ io.Writer }{server}, struct{ io.Reader }{server}); err != nil {
			t.Error(err)
		}
		if err := server.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			t.Error(err)
		}
	})
	both.Go(func() {
		if _, err := client.Write(sent); err != nil {
			t.Error(err)
		}
		if err := client.CloseWrite(); err != nil {
			t.Error(err)
		}
	})
	got, err := io.ReadAll(client)
	both.Wait()
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("got %d bytes of %d back, %v", len(got), len(sent), err)
	}
}

// TestConn_failsAsOthersDo holds each way to fail against what a connection of
// the net package says.
func TestConn_failsAsOthersDo(t *testing.T) {
	buffer := make([]byte, 1)
	big := make([]byte, 32<<20)
	for name, fail := range map[string]func(server net.Conn, client *net.TCPConn) error{
		"read after the client's end": func(server net.Conn, client *net.TCPConn) error {
			_ = client.Close()
			_, err := server.Read(buffer)
			return err
		},
		"read after a reset": func(server net.Conn, client *net.TCPConn) error {
			_ = client.SetLinger(0)
			_ = client.Close()
			_, err := server.Read(buffer)
			return err
		},
		"write after a reset": func(server net.Conn, client *net.TCPConn) error {
			_ = client.SetLinger(0)
			_ = client.Close()
			_, _ = server.Read(buffer)
			_, err := server.Write(buffer)
			return err
		},
		"read after its deadline": func(server net.Conn, _ *net.TCPConn) error {
			_ = server.SetReadDeadline(time.Now().Add(time.Millisecond))
			_, err := server.Read(buffer)
			return err
		},
		"write after its deadline": func(server net.Conn, _ *net.TCPConn) error {
			_ = server.SetWriteDeadline(time.Now().Add(time.Millisecond))
			n, err := server.Write(big)
			if n == 0 || n == len(big) {
				return errors.New("nothing or everything was written")
			}
			return err
		},
		"read while it is closed": func(server net.Conn, _ *net.TCPConn) error {
			time.AfterFunc(time.Millisecond, func() { _ = server.Close() })
			_, err := server.Read(buffer)
			return err
		},
		"write while it is closed": func(server net.Conn, _ *net.TCPConn) error {
			time.AfterFunc(10*time.Millisecond, func() { _ = server.Close() })
			_, err := server.Write(big)
			return err
		},
		"read after a close": func(server net.Conn, _ *net.TCPConn) error {
			_ = server.Close()
			_, err := server.Read(buffer)
			return err
		},
		"write after the sending half's end": func(server net.Conn, _ *net.TCPConn) error {
			_ = server.(interface{ CloseWrite() error }).CloseWrite()
			_, err := server.Write(buffer)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, want := fail(pair(t, ours)), fail(pair(t, plain))
			if want == nil {
				t.Fatal("the connection of the net package does not fail")
			}
			for _, kind := range []error{io.EOF, net.ErrClosed, os.ErrDeadlineExceeded, context.DeadlineExceeded, syscall.ECONNRESET, syscall.EPIPE} {
				if errors.Is(got, kind) != errors.Is(want, kind) {
					t.Errorf("err = %v, want %v", got, want)
				}
			}
			var ofGot, ofWant *net.OpError
			if !errors.As(want, &ofWant) {
				return
			}
			if !errors.As(got, &ofGot) {
				t.Fatalf("err = %#v, want an operation's", got)
			}
			if ofGot.Op != ofWant.Op || ofGot.Net != ofWant.Net || ofGot.Timeout() != ofWant.Timeout() {
				t.Errorf("err = %v, want %v", got, want)
			}
		})
	}
}

func TestConn_movesNothingIntoNothing(t *testing.T) {
	server, _ := pair(t, ours)
	if n, err := server.Read(nil); n != 0 || err != nil {
		t.Errorf("read %d bytes, %v", n, err)
	}
	if n, err := server.Write(nil); n != 0 || err != nil {
		t.Errorf("wrote %d bytes, %v", n, err)
	}
}

// TestConn_readsAgainAfterADeadline shows that no state is left of a read that
// failed.
func TestConn_readsAgainAfterADeadline(t *testing.T) {
	server, client := pair(t, ours)
	buffer := make([]byte, 8)
	_ = server.SetReadDeadline(time.Unix(1, 0))
	if n, err := server.Read(buffer); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read %d bytes, %v", n, err)
	}
	_ = server.SetReadDeadline(time.Time{})
	if _, err := client.Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	if n, err := server.Read(buffer); n != 3 || err != nil || string(buffer[:n]) != "abc" {
		t.Errorf("read %q, %v", buffer[:n], err)
	}
}

func TestConn_allocatesNothing(t *testing.T) {
	server, client := pair(t, ours)
	buffer := make([]byte, 64)
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := client.Write(buffer); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(server, buffer); err != nil {
			t.Fatal(err)
		}
		if _, err := server.Write(buffer); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(client, buffer); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations for a question and an answer", allocs)
	}
}
