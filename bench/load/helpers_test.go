package load

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

// serve starts a server on loopback and returns its address.
func serve(t testing.TB, handler fasthttp.RequestHandler) *url.URL {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup // connections, which end with the load
	s := &fasthttp.Server{
		Handler: handler, NoDefaultServerHeader: true, MaxRequestBodySize: 16 << 20,
		ConnState: func(_ net.Conn, state fasthttp.ConnState) {
			switch state {
			case fasthttp.StateNew:
				open.Add(1)
			case fasthttp.StateClosed:
				open.Done()
			}
		},
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ln) }()
	t.Cleanup(func() {
		_ = ln.Close()
		<-done
		open.Wait()
	})
	return &url.URL{Scheme: "http", Host: ln.Addr().String()}
}

// serveRaw starts a server that takes requests without bodies and gives each
// connection, with its first request read, to converse. That gets the requests
// after it from next, which is nil at the end of the connection.
func serveRaw(t *testing.T, converse func(conn net.Conn, next func() *http.Request)) *url.URL {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				in := bufio.NewReader(conn)
				next := func() *http.Request {
					r, err := http.ReadRequest(in)
					if err != nil {
						return nil
					}
					return r
				}
				if next() != nil {
					converse(conn, next)
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		serving.Wait()
	})
	return &url.URL{Scheme: "http", Host: ln.Addr().String()}
}

const rawHello = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world"

func hello(rc *fasthttp.RequestCtx) { rc.SetBodyString("hello world") }

// options are those of a small closed load.
func options(base *url.URL, requests ...*Request) Options {
	return Options{
		URL: base, Requests: requests, Connections: 2, Duration: 100 * time.Millisecond,
		KeepAlive: true, Patience: 5 * time.Second,
	}
}

func get(path, want string) *Request {
	return &Request{Path: path, Expect: Expect{Body: []byte(want)}}
}

// idSet is a set that handlers may share.
type idSet struct {
	mu  sync.Mutex
	set map[uint64]bool
}

func (s *idSet) add(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set == nil {
		s.set = map[uint64]bool{}
	}
	s.set[id] = true
}

func (s *idSet) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.set)
}

// runner puts a load on a server, as Run does.
type runner func(context.Context, Options) (*Result, error)

// onEach runs a test with closed and open load of each engine: they differ in
// what they cost, not in what they measure.
func onEach(t *testing.T, test func(t *testing.T, run runner)) {
	t.Run("closed", func(t *testing.T) { onEachClosed(t, test) })
	t.Run("open", func(t *testing.T) {
		onEachOpen(t, func(t *testing.T, run runner) {
			test(t, func(ctx context.Context, opt Options) (*Result, error) {
				opt.Rate = 10_000
				return run(ctx, opt)
			})
		})
	})
}

// onEachClosed runs a test of closed load on each engine.
func onEachClosed(t *testing.T, test func(t *testing.T, run runner)) { on(t, engines, test) }

// onEachOpen runs a test of open load, whose options say the rate, on each
// engine.
func onEachOpen(t *testing.T, test func(t *testing.T, run runner)) { on(t, openEngines(), test) }

func on(t *testing.T, engines map[string]func(*generator) engine, test func(t *testing.T, run runner)) {
	for name, choose := range engines {
		t.Run(name, func(t *testing.T) {
			test(t, func(ctx context.Context, opt Options) (*Result, error) { return run(ctx, opt, choose) })
		})
	}
}
