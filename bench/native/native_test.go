package native

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// serve starts a twin and returns its address, and what ends it and returns
// its error.
func serve(t *testing.T, o Options) (url string, end func() error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, ln, o) }()
	return "http://" + ln.Addr().String(), func() error { cancel(); return <-done }
}

func TestServe_librariesAnswerAlike(t *testing.T) {
	for _, library := range []Library{FastHTTP, NetHTTP} {
		for _, c := range []struct {
			kind Kind
			want string
		}{{Hello, "hello world"}, {Echo, "what was sent"}} {
			url, end := serve(t, Options{Kind: c.kind, Library: library, Type: "text/html", Body: "hello world"})
			res, err := http.Post(url, "text/plain", strings.NewReader("what was sent"))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if err != nil || string(body) != c.want || res.Header.Get("Content-Type") != "text/html" || res.ContentLength != int64(len(c.want)) {
				t.Errorf("%s, %s: %q of %s, length %d, %v", library, c.kind, body, res.Header.Get("Content-Type"), res.ContentLength, err)
			}
			if err := end(); err != nil {
				t.Errorf("%s, %s: %v at the end", library, c.kind, err)
			}
		}
	}
}

func TestServe_refusesWhatThereIsNot(t *testing.T) {
	for _, o := range []Options{{Kind: "goodbye", Library: FastHTTP}, {Kind: Hello, Library: "apache"}} {
		_, end := serve(t, o)
		if err := end(); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}
