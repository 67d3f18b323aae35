package load

import (
	"net"
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
	s := &fasthttp.Server{Handler: handler, NoDefaultServerHeader: true}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ln) }()
	t.Cleanup(func() {
		_ = ln.Close() // the server may not have begun to serve
		_ = s.Shutdown()
		<-done
	})
	return &url.URL{Scheme: "http", Host: ln.Addr().String()}
}

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
