package gateway

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime"
)

// newContext is a request as fasthttp hands it over.
func newContext(method, target string) *fasthttp.RequestCtx {
	var req fasthttp.Request
	text := method + " " + target + " HTTP/1.1\r\nHost: test.example\r\n\r\n"
	req.Header.DisableNormalizing()
	_ = req.Read(bufio.NewReader(strings.NewReader(text)))
	rc := &fasthttp.RequestCtx{}
	rc.Init(&req, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1}, nil)
	rc.Response.Header.DisableNormalizing()
	return rc
}

func TestServer_refusesMalformedRequests(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, "", abitest.Hello())
	ln := s.listen(t)
	tests := []struct {
		name, request string
		status        int
	}{
		{"dots", request("GET", "/a/../b"), 400},
		{"encoded dots", request("GET", "/%2e%2e/b"), 400},
		{"dots behind an encoded slash", request("GET", "/a%2f..%2Fb"), 400},
		{"NUL", request("GET", "/a%00b"), 400},
		{"line feed", request("GET", "/a%0ab"), 400},
		{"backslash", request("GET", "/a\\b"), 400},
		{"broken escape", request("GET", "/%zz"), 400},
		{"half an escape", request("GET", "/%2"), 400},
		{"fragment", request("GET", "/a#b"), 400},
		{"asterisk", request("OPTIONS", "*"), 400},
		{"authority", request("CONNECT", "test.example:80"), 400},
		{"unknown scheme", request("GET", "gopher://test.example/"), 400},
		{"user in the target", request("GET", "http://user@test.example/"), 400},
		{"absolute form", request("GET", "http://test.example/"), 200},
		{"absolute form without a path", request("GET", "HTTP://test.example?a=b"), 200},
		{"bytes that are no UTF-8", request("GET", "/%ff\xff?\xff=%ff", "X-A: \xff\xfe", "Cookie: \xff=\xff"), 200},
		{"no host", "GET / HTTP/1.1\r\n\r\n", 400},
		{"two hosts", request("GET", "/", "Host: evil.example"), 400},
		{"no host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 200},
		{"space in the host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
		{"two lengths", request("POST", "/", "Content-Length: 1", "Content-Length: 2") + "ab", 400},
		{"the same length twice", request("POST", "/", "Content-Length: 1", "Content-Length: 1") + "a", 400},
		{"lengths in a list", request("POST", "/", "Content-Length: 1, 1") + "a", 400},
		{"signed length", request("POST", "/", "Content-Length: +1") + "a", 400},
		{"negative length", request("POST", "/", "Content-Length: -1"), 400},
		{"hex length", request("POST", "/", "Content-Length: 0x1") + "a", 400},
		{"length beyond any integer", request("POST", "/", "Content-Length: 99999999999999999999"), 400},
		{"length and chunks", request("POST", "/", "Content-Length: 5", "Transfer-Encoding: chunked") + "0\r\n\r\n", 400},
		{"chunks and length", request("POST", "/", "transfer-encoding: chunked", "content-length: 5") + "0\r\n\r\n", 400},
		{"two codings", request("POST", "/", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + "0\r\n\r\n", 400},
		{"unknown coding", request("POST", "/", "Transfer-Encoding: gzip") + "0\r\n\r\n", 400},
		{"coding that only looks like chunked", request("POST", "/", "Transfer-Encoding: xchunked") + "0\r\n\r\n", 400},
		{"identity", request("POST", "/", "Transfer-Encoding: identity"), 400},
		{"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		{"broken chunk", request("POST", "/", "Transfer-Encoding: chunked") + "zz\r\n\r\n", 400},
		{"chunk with an overflowing size", request("POST", "/", "Transfer-Encoding: chunked") + "fffffffffffffffff\r\n", 400},
		{"chunks", request("POST", "/", "Transfer-Encoding: chunked") + "1\r\na\r\n0\r\n\r\n", 200},
		{"space before the colon", request("GET", "/", "X-A : 1"), 400},
		{"space in a name", request("GET", "/", "X A: 1"), 400},
		{"folded field", request("GET", "/", "X-A: 1\r\n 2"), 400},
		{"folded field before a body", request("POST", "/", "Content-Length: 1", "X-A: 1\n\t2") + "a", 400},
		{"NUL in a value", request("GET", "/", "X-A: a\x00b"), 400},
		{"carriage return in a value", request("GET", "/", "X-A: a\rb"), 400},
		{"no colon", request("GET", "/", "X-A"), 400},
		{"no name", request("GET", "/", ": 1"), 400},
		{"no version", "GET /\r\nHost: a\r\n\r\n", 400},
		{"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"unknown version", "GET / HTTP/3.7\r\nHost: a\r\n\r\n", 400},
		{"method that is no token", request("G(T", "/"), 400},
		{"not HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400},
		{"line that is too long", request("GET", "/"+strings.Repeat("a", 16<<10)), 431},
		{"header block that is too large", request("GET", "/", "X-A: "+strings.Repeat("a", 16<<10)), 431},
		{"too many fields", request("GET", "/", strings.Split(strings.Repeat("A: b\n", 100), "\n")[:100]...), 431},
		{"body that is too large", request("POST", "/", "Content-Length: 1048577"), 413},
		{"chunks that are too large", request("POST", "/", "Transfer-Encoding: chunked") + "100001\r\n" + strings.Repeat("a", 1<<20+1), 413},
		{"unknown expectation", request("GET", "/", "Expect: miracles"), 417},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := send(t, ln, tt.request)
			if got.status != tt.status {
				t.Errorf("status = %d, want %d: %s", got.status, tt.status, got.body)
			}
			if got.header.Get("X-Request-Id") == "" {
				t.Error("the answer has no X-Request-Id")
			}
			if after := send(t, ln, request("GET", "/")); after.status != 200 {
				t.Errorf("afterwards the answer is %d", after.status)
			}
		})
	}
}

func TestServer_readsNoSecondRequestOutOfABody(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, "", abitest.Hello())
	ln := s.listen(t)
	smuggled := request("GET", "/smuggled")
	for name, first := range map[string]string{
		"length and chunks": request("POST", "/", "Content-Length: 5", "Transfer-Encoding: chunked") + "0\r\n\r\n",
		"identity":          request("POST", "/", "Transfer-Encoding: identity", "Content-Length: 3") + "abc",
		"large body":        request("POST", "/", "Content-Length: 1048577"),
		"large, expected":   request("POST", "/", "Content-Length: 1048577", "Expect: 100-continue"),
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := ln.Dial()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			if got := exchangeOn(t, conn, in, first+smuggled); got.status < 400 || !got.closed {
				t.Errorf("got %+v, want a refusal that closes", got)
			}
			if rest, err := io.ReadAll(in); len(rest) > 0 {
				t.Errorf("after the refusal came %q, %v", rest, err)
			}
		})
	}
}

func TestServer_letsClientsGoOnInEverySpelling(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, "", abitest.Hello())
	ln := s.listen(t)
	for _, field := range []string{"Expect: 100-continue", "expect: 100-continue", "EXPECT: 100-Continue"} {
		t.Run(field, func(t *testing.T) {
			conn, err := ln.Dial()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			if got := exchangeOn(t, conn, in, request("POST", "/", "Content-Length: 4", field)); got.status != 100 {
				t.Fatalf("status = %d, want 100", got.status)
			}
			if got := exchangeOn(t, conn, in, "body"); got.status != 200 {
				t.Errorf("status = %d, want 200", got.status)
			}
		})
	}
}

func TestServer_refusesALargeBodyBeforeItIsSent(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, "", abitest.Hello())
	got := send(t, s.listen(t), request("POST", "/", "Content-Length: 1048577", "expect: 100-continue", "X-Request-Id: the-id"))
	if got.status != 413 || !got.closed || got.header.Get("X-Request-Id") != "the-id" || !strings.Contains(got.body, "too_large") {
		t.Errorf("got %+v, want 413 at once", got)
	}
}

func TestServer_takesOverHarmlessRequestIDs(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, "", abitest.Hello())
	ln := s.listen(t)
	tests := []struct {
		name, sent string
		taken      bool
	}{
		{"word", "X-Request-Id: a-B_9.z", true},
		{"lower case", "x-request-id: abc", true},
		{"longest", "X-Request-Id: " + strings.Repeat("a", maxRequestID), true},
		{"too long", "X-Request-Id: " + strings.Repeat("a", maxRequestID+1), false},
		{"quote", `X-Request-Id: a"b`, false},
		{"space", "X-Request-Id: a b", false},
		{"not ASCII", "X-Request-Id: ä", false},
		{"empty", "X-Request-Id:", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := send(t, ln, request("GET", "/", tt.sent)).header.Get("X-Request-Id")
			_, sent, _ := strings.Cut(tt.sent, ": ")
			if got == "" || (got == sent) != tt.taken {
				t.Errorf("X-Request-Id = %q for %q", got, tt.sent)
			}
		})
	}
}

func TestExchange_keepsFieldsAsSent(t *testing.T) {
	var req fasthttp.Request
	req.Header.DisableNormalizing()
	text := "GET / HTTP/1.1\r\nx-LOWER: 1\r\nhost: a\r\nCookie: a=1;  b; =c\r\ncookie: d=\"e\"\r\nuser-agent: u\r\nx-lower: 2\r\n\r\n"
	if err := req.Read(bufio.NewReader(strings.NewReader(text))); err != nil {
		t.Fatal(err)
	}
	rc := &fasthttp.RequestCtx{}
	rc.Init(&req, nil, nil)
	var x exchange
	if err := x.readFields(rc, 100); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range x.req.Header {
		got = append(got, string(f.Name)+": "+string(f.Value))
	}
	_, want, _ := strings.Cut(strings.TrimSuffix(text, "\r\n\r\n"), "\r\n")
	if got := strings.Join(got, "\r\n"); got != want {
		t.Errorf("fields are\n%s\nwant\n%s", got, want)
	}
}

func TestExchange_readsTargets(t *testing.T) {
	tests := []struct{ target, host, path, query string }{
		{"/", "test.example", "/", ""},
		{"/a/b?c=d?e", "test.example", "/a/b", "c=d?e"},
		{"/a?", "test.example", "/a", ""},
		{"http://other.example/a?b", "other.example", "/a", "b"},
		{"HTTPS://other.example:8443?b", "other.example:8443", "/", "b"},
		{"http://other.example", "other.example", "/", ""},
		{"/http://other.example/", "test.example", "/http://other.example/", ""},
		{"/a%20b", "test.example", "/a b", ""},
	}
	for _, tt := range tests {
		var x exchange
		x.req.Host = []byte("test.example")
		if err := x.readTarget([]byte(tt.target)); err != nil {
			t.Errorf("%s: %v", tt.target, err)
			continue
		}
		if string(x.req.Host) != tt.host || string(x.req.Path) != tt.path || string(x.req.Query) != tt.query {
			t.Errorf("%s: host %s, path %s, query %s", tt.target, x.req.Host, x.req.Path, x.req.Query)
		}
	}
}

func FuzzExchange_readTarget(f *testing.F) {
	for _, s := range []string{"/", "/a/../b", "/%2e%2e", "http://h/p?q", "http://", "*", "", "//", "?", "/\xff%00", "a://b", "http://u@h/"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, target []byte) {
		var x exchange
		err := x.readTarget(target)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Errorf("err = %v", err)
			}
			return
		}
		if len(x.req.Path) == 0 || x.req.Path[0] != '/' {
			t.Errorf("path = %q", x.req.Path)
		}
		for _, segment := range strings.Split(string(x.req.Path), "/") {
			if segment == "." || segment == ".." || strings.ContainsRune(segment, 0) {
				t.Errorf("%q became %q", target, x.req.Path)
			}
		}
	})
}

func TestExchange_believesTrustedProxiesOnly(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	tests := []struct {
		name, peer   string
		fields       []string
		want, scheme string
	}{
		{"stranger", "192.0.2.1", []string{"X-Forwarded-For: 1.1.1.1", "X-Forwarded-Proto: https"}, "192.0.2.1", "http"},
		{"proxy", "10.0.0.1", []string{"X-Forwarded-For: 1.1.1.1", "X-Forwarded-Proto: https"}, "1.1.1.1", "https"},
		{"lower case", "10.0.0.1", []string{"x-forwarded-for: 1.1.1.1", "x-forwarded-proto: HTTPS"}, "1.1.1.1", "https"},
		{"chain", "10.0.0.1", []string{"X-Forwarded-For: 6.6.6.6, 1.1.1.1, 10.0.0.2"}, "1.1.1.1", "http"},
		{"fields before the proxy's", "10.0.0.1", []string{"X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 1.1.1.1"}, "1.1.1.1", "http"},
		{"chain over two fields", "10.0.0.1", []string{"X-Forwarded-For: 6.6.6.6, 1.1.1.1", "X-Forwarded-For: 10.0.0.2"}, "1.1.1.1", "http"},
		{"proxies all the way", "10.0.0.1", []string{"X-Forwarded-For: 10.0.0.3, 10.0.0.2"}, "10.0.0.3", "http"},
		{"the last scheme", "10.0.0.1", []string{"X-Forwarded-Proto: https", "X-Forwarded-Proto: http"}, "10.0.0.1", "http"},
		{"port", "10.0.0.1", []string{"X-Forwarded-For: 1.1.1.1:4711"}, "1.1.1.1", "http"},
		{"IPv6", "fd00::1", []string{"X-Forwarded-For: 2001:db8::1"}, "2001:db8::1", "http"},
		{"IPv6 with a port", "fd00::1", []string{"X-Forwarded-For: [2001:db8::1]:4711"}, "2001:db8::1", "http"},
		{"mapped", "::ffff:10.0.0.1", []string{"X-Forwarded-For: ::ffff:1.1.1.1"}, "1.1.1.1", "http"},
		{"garbage", "10.0.0.1", []string{"X-Forwarded-For: 6.6.6.6, unknown, 10.0.0.2"}, "10.0.0.2", "http"},
		{"nothing", "10.0.0.1", nil, "10.0.0.1", "http"},
		{"empty", "10.0.0.1", []string{"X-Forwarded-For:"}, "10.0.0.1", "http"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var req fasthttp.Request
			req.Header.DisableNormalizing()
			if err := req.Read(bufio.NewReader(strings.NewReader(request("GET", "/", tt.fields...)))); err != nil {
				t.Fatal(err)
			}
			rc := &fasthttp.RequestCtx{}
			rc.Init(&req, net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(tt.peer), 1)), nil)
			var x exchange
			opt := Options{MaxFields: 100, TrustedProxies: proxies, IDs: &runtime.IDs{}}
			if err := x.read(rc, &opt); err != nil {
				t.Fatal(err)
			}
			if x.req.ClientIP != tt.want || x.req.Scheme != tt.scheme {
				t.Errorf("client %s by %s, want %s by %s", x.req.ClientIP, x.req.Scheme, tt.want, tt.scheme)
			}
		})
	}
}

func TestExchange_forgetsThePeerBefore(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	var x exchange
	x.peerName(&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1)})
	if got := x.peerName(&net.UnixAddr{Name: "socket"}); got != "0.0.0.0" || contains(proxies, x.peer) {
		t.Errorf("the peer of a socket is %s, trusted as %s", got, x.peer)
	}
}
