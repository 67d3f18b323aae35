// Package native holds the native twins of the functions that are measured:
// the same answers from a plain HTTP server, with nothing between the socket
// and the handler. They are neighbours for comparison, not servers for use.
package native

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"

	"github.com/valyala/fasthttp"
)

// Kind says what a twin does with a request.
type Kind string

// The kinds there are.
const (
	Hello Kind = "hello" // answers every request with the same body
	Echo  Kind = "echo"  // answers with the request's body
)

// Library says which server a twin is made with.
type Library string

// The libraries there are.
const (
	FastHTTP Library = "fasthttp"
	NetHTTP  Library = "net/http"
)

// Options says what a twin is.
type Options struct {
	Kind    Kind
	Library Library
	Type    string // of the content
	Body    string // of the answer to Hello
}

// maxBody bounds the bodies that an echo takes.
const maxBody = 64 << 20

// Serve answers on ln until ctx ends. It closes ln.
func Serve(ctx context.Context, ln net.Listener, o Options) error {
	if o.Kind != Hello && o.Kind != Echo {
		return errors.Join(fmt.Errorf("there is no twin %q", o.Kind), ln.Close())
	}
	switch o.Library {
	case FastHTTP:
		return serveFast(ctx, ln, o)
	case NetHTTP:
		return serveNet(ctx, ln, o)
	}
	return errors.Join(fmt.Errorf("there is no server %q", o.Library), ln.Close())
}

func serveFast(ctx context.Context, ln net.Listener, o Options) error {
	body := []byte(o.Body)
	handler := func(rc *fasthttp.RequestCtx) {
		rc.Response.Header.SetContentType(o.Type)
		rc.Response.SetBody(body)
	}
	if o.Kind == Echo {
		handler = func(rc *fasthttp.RequestCtx) {
			rc.Response.Header.SetContentType(o.Type)
			rc.Response.SetBody(rc.PostBody())
		}
	}
	s := &fasthttp.Server{Handler: handler, NoDefaultServerHeader: true, MaxRequestBodySize: maxBody, Concurrency: 1 << 20}
	defer context.AfterFunc(ctx, func() { _ = ln.Close() })()
	return ended(ctx, s.Serve(ln))
}

func serveNet(ctx context.Context, ln net.Listener, o Options) error {
	body, length := []byte(o.Body), strconv.Itoa(len(o.Body))
	handler := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", o.Type)
		w.Header().Set("Content-Length", length)
		_, _ = w.Write(body) // a client that is gone needs no answer
	}
	if o.Kind == Echo {
		handler = func(w http.ResponseWriter, r *http.Request) {
			got, err := readBody(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			w.Header().Set("Content-Type", o.Type)
			w.Header().Set("Content-Length", strconv.Itoa(len(got)))
			_, _ = w.Write(got)
		}
	}
	s := &http.Server{Handler: http.HandlerFunc(handler)}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	return ended(ctx, s.Serve(ln))
}

// readBody reads a body whose length is known at once, and refuses others.
func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength < 0 || r.ContentLength > maxBody {
		return nil, fmt.Errorf("the body has %d bytes", r.ContentLength)
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	return body, err
}

// ended is the error of a server that was asked to end: none.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
