package gateway

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi/abitest"
)

// Shares of allocations for many requests (ids) round down to none.
func TestServer_handleAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("sync.Pool forgets at random under the race detector")
	}
	s := openStage(t, nil)
	s.log.off.Store(true)
	s.deploy(t, "", abitest.Hello())
	rc := newContext("GET", "/greet?a=b")
	once := func() {
		rc.Response.Reset()
		s.handle(rc)
		if rc.Response.StatusCode() != 200 {
			t.Fatalf("status = %d", rc.Response.StatusCode())
		}
	}
	once()
	if got := testing.AllocsPerRun(20000, once); got > 0 {
		t.Errorf("a request costs %v allocations, want none", got)
	}
}

// BenchmarkServer_hello compares a function that answers "hello world" with a
// handler of fasthttp that does the same, one connection for each processor.
func BenchmarkServer_hello(b *testing.B) {
	s := openStage(b, nil)
	s.log.off.Store(true)
	s.deploy(b, "", abitest.Hello())
	addr := s.listenTCP(b)
	b.Run("wasm", func(b *testing.B) { benchmark(b, addr) })
	b.Run("native", func(b *testing.B) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		native := &fasthttp.Server{Handler: func(rc *fasthttp.RequestCtx) {
			rc.SetContentType("text/plain")
			rc.SetBodyString("hello world")
		}}
		go func() { _ = native.Serve(ln) }()
		defer func() { _ = native.Shutdown() }()
		benchmark(b, ln.Addr().String())
	})
}

// benchmark asks over loopback and checks every answer.
func benchmark(b *testing.B, addr string) {
	b.ReportAllocs()
	text := []byte(request("GET", "/"))
	b.RunParallel(func(pb *testing.PB) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		var res fasthttp.Response
		for pb.Next() {
			if _, err := conn.Write(text); err != nil {
				b.Error(err)
				return
			}
			if err := res.Read(in); err != nil || res.StatusCode() != http.StatusOK || string(res.Body()) != "hello world" {
				b.Errorf("got %d %q, %v", res.StatusCode(), res.Body(), err)
				return
			}
		}
	})
}

// BenchmarkServer_handle is what a request costs beside the network.
func BenchmarkServer_handle(b *testing.B) {
	s := openStage(b, nil)
	s.log.off.Store(true)
	s.deploy(b, "", abitest.Hello())
	var rc fasthttp.RequestCtx
	var req fasthttp.Request
	if err := req.Read(bufio.NewReader(strings.NewReader(request("GET", "/")))); err != nil {
		b.Fatal(err)
	}
	rc.Init(&req, nil, nil)
	b.ReportAllocs()
	for b.Loop() {
		rc.Response.Reset()
		s.handle(&rc)
	}
	if rc.Response.StatusCode() != http.StatusOK {
		b.Fatalf("status = %d", rc.Response.StatusCode())
	}
}
