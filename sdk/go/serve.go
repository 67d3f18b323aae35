package postern

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/postern-dev/postern/sdk/go/lite"
)

// Serve answers every event with handler. It is called in an init function and
// returns at once: the host calls the handler when there is a request. Path variables of the route can be read
// with PathValue even when handler is not a mux. What http.Hijacker and full
// duplex need does not exist here; a flush does nothing.
func Serve(handler http.Handler) {
	w := newWriter()
	lite.HandleEvent(func(ctx context.Context, e Event) (Response, error) {
		w.reset()
		handler.ServeHTTP(w, NewRequest(ctx, e))
		return w.response(), nil
	})
}

// sample is what all requests have in common.
var sample = &http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody}

// NewRequest returns the event as a request of net/http. Its body is valid
// until the handler of the event returns.
func NewRequest(ctx context.Context, e Event) *http.Request {
	r := sample.WithContext(ctx)
	r.Method = e.Method()
	r.Header = http.Header(e.Headers())
	if host := r.Header["Host"]; host != nil { // as a server of net/http does
		r.Host = host[0]
		delete(r.Header, "Host")
	}
	r.URL, r.RequestURI = target(e.Path(), e.RawQuery())
	r.RemoteAddr = e.SourceIP() + ":0"
	if body := e.Body(); len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.ContentLength = int64(len(body))
	}
	e.EachParam(r.SetPathValue)
	return r
}

// target makes a URL of a path as the gateway writes it: escapes that mean
// something to a router are still in it. It returns the text of the URL too.
func target(path, rawQuery string) (u *url.URL, text string) {
	if path == "" {
		path = "/"
	}
	u = &url.URL{Path: path, RawQuery: rawQuery}
	if isPlain(path) {
		if rawQuery == "" {
			return u, path
		}
		return u, path + "?" + rawQuery
	}
	if plain, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = plain, path
	}
	return u, u.RequestURI()
}

// isPlain reports whether all of a path stands for itself in a URL.
func isPlain(path string) bool {
	for i := range len(path) {
		if c := path[i]; c >= utf8.RuneSelf || !plain[c] {
			return false
		}
	}
	return path[0] == '/'
}

var plain = func() (all [utf8.RuneSelf]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~/$&+,:;=@" {
		all[c] = true
	}
	return all
}()

// maxKept is the size up to which room is kept for the next response.
const maxKept = 256 << 10

// writer keeps a response until the handler has returned. Its room is used
// again for the next one.
type writer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// newWriter returns a writer that did once what is much work at first and none
// later, so that this is in the image.
func newWriter() *writer {
	w := &writer{header: http.Header{}}
	w.body.Grow(4 << 10)
	w.header.Set("Content-Type", "")
	_, _ = io.WriteString(w, "")                          // finds WriteString; none of these can fail
	_, _ = io.Copy(w, io.NopCloser(bytes.NewReader(nil))) // finds that there is no ReadFrom
	w.reset()
	return w
}

func (w *writer) reset() {
	clear(w.header)
	w.status = 0
	if w.body.Cap() > maxKept {
		w.body = bytes.Buffer{}
	}
	w.body.Reset()
}

// Header implements [http.ResponseWriter].
func (w *writer) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter]. Only the first final status
// counts.
func (w *writer) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
}

// Write implements [http.ResponseWriter].
func (w *writer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// WriteString implements [io.StringWriter].
func (w *writer) WriteString(s string) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.WriteString(s)
}

// Flush implements [http.Flusher]; a reply goes out whole.
func (w *writer) Flush() {}

// response is what was written. Without a Content-Type one is guessed from the
// body, as a server of net/http does.
func (w *writer) response() Response {
	w.WriteHeader(http.StatusOK)
	if _, ok := w.header["Content-Type"]; !ok && w.body.Len() > 0 {
		w.header["Content-Type"] = []string{http.DetectContentType(w.body.Bytes())}
	}
	return Response{Status: w.status, Header: Header(w.header), Body: w.body.Bytes()}
}
