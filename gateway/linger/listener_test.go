package linger

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// connect returns both ends of a connection, the accepted one lingering.
func connect(t *testing.T, o Options) (l *Listener, accepted, client net.Conn) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l = New(inner, o)
	t.Cleanup(func() { _ = l.Close(); l.Wait() })
	client, err = net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	accepted, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return l, accepted, client
}

func TestConn_deliversAnswerThoughBytesAreUnread(t *testing.T) {
	_, accepted, client := connect(t, Default())
	if _, err := client.Write(bytes.Repeat([]byte("x"), 100_000)); err != nil {
		t.Fatal(err)
	}
	if _, err := accepted.Write([]byte("no")); err != nil {
		t.Fatal(err)
	}
	if err := accepted.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Write(bytes.Repeat([]byte("x"), 100_000)); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(client)
	if err != nil || string(got) != "no" {
		t.Errorf("answer = %q, %v", got, err)
	}
}

func TestConn_endsWhenTheClientStays(t *testing.T) {
	o := Default()
	o.Wait = 10 * time.Millisecond
	l, accepted, client := connect(t, o)
	if err := accepted.Close(); err != nil {
		t.Fatal(err)
	}
	l.Wait() // though the client neither sends nor closes
	_ = client.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("err = %v, want %v", err, io.EOF)
	}
}

func TestConn_endsWhenTheClientSendsTooMuch(t *testing.T) {
	o := Default()
	o.Wait, o.MaxBytes = time.Hour, 10
	l, accepted, client := connect(t, o)
	if err := accepted.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Write(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	l.Wait()
}

func TestConn_closesAtOnceWithoutAPlace(t *testing.T) {
	o := Default()
	o.Wait, o.MaxConns = time.Hour, 0
	l, accepted, _ := connect(t, o)
	if err := accepted.Close(); err != nil {
		t.Fatal(err)
	}
	l.Wait()
}

func TestConn_readsNothingOnceClosed(t *testing.T) {
	_, accepted, client := connect(t, Default())
	read := make(chan error, 1)
	go func() {
		_, err := accepted.Read(make([]byte, 10))
		read <- err
	}()
	if err := accepted.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Write([]byte("late")); err != nil {
		t.Fatal(err)
	}
	_ = client.Close()
	if err := <-read; !errors.Is(err, net.ErrClosed) {
		t.Errorf("err = %v, want %v", err, net.ErrClosed)
	}
	if err := accepted.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a second Close gives %v, want %v", err, net.ErrClosed)
	}
}

func TestConn_wakesItsReader(t *testing.T) {
	o := Default()
	o.Wait = time.Hour
	for range 200 { // the reader may wake before or after the lingering begins
		l, accepted, client := connect(t, o)
		read := make(chan error, 1)
		go func() {
			_, err := accepted.Read(make([]byte, 10))
			read <- err
		}()
		if err := accepted.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-read; !errors.Is(err, net.ErrClosed) { // though the client still waits
			t.Fatalf("err = %v, want %v", err, net.ErrClosed)
		}
		_ = client.Close()
		l.Wait()
	}
}

func TestListener_doesNotWaitForSilentClients(t *testing.T) {
	o := Default()
	o.Silence = 10 * time.Millisecond
	l, accepted, _ := connect(t, o)
	read := make(chan error, 1)
	go func() {
		_, err := accepted.Read(make([]byte, 10))
		read <- err
	}()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := accepted.SetReadDeadline(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := <-read; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("err = %v, want %v", err, os.ErrDeadlineExceeded)
	}
}

// accepting is a listener that has accepted conn already.
type accepting struct {
	net.Listener
	conn net.Conn
}

func (l accepting) Accept() (net.Conn, error) { return l.conn, nil }
func (l accepting) Close() error              { return nil }

// TestListener_doesNotWaitForClientsThatCameLast has one that was accepted when
// the listener was closed, but not handed over.
func TestListener_doesNotWaitForClientsThatCameLast(t *testing.T) {
	_, accepted, _ := connect(t, Default())
	o := Default()
	o.Silence = 10 * time.Millisecond
	l := New(accepting{conn: accepted.(*conn).Conn}, o)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	late, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := late.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("err = %v, want %v", err, os.ErrDeadlineExceeded)
	}
}

func TestListener_waitsForClientsThatSpoke(t *testing.T) {
	o := Default()
	o.Silence = 0
	l, accepted, client := connect(t, o)
	for range 2 { // the second piece comes after the end of silence
		if _, err := client.Write([]byte("ab")); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 2)
		if _, err := io.ReadFull(accepted, buf); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Fatal(err)
		}
	}
}
