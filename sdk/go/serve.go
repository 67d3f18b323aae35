package postern

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/postern-dev/postern/sdk/go/lite"
)

// Serve answers every event with handler. It is called in an init function and
// returns at once: the host calls the handler when there is a request. Path variables of the route can be read
// with PathValue even when handler is not a mux. What http.Hijacker and full
// duplex need does not exist here; a flush does nothing.
func Serve(handler http.Handler) {
	w := &writer{header: http.Header{}}
	w.body.Grow(4 << 10) // room that is in the image
	lite.HandleEvent(func(ctx context.Context, e Event) (Response, error) {
		w.reset()
		handler.ServeHTTP(w, NewRequest(ctx, e))
		return w.response(), nil
	})
}

// NewRequest returns the event as a request of net/http. Its body is valid
// until the handler of the event returns.
func NewRequest(ctx context.Context, e Event) *http.Request {
	body := e.Body()
	header := http.Header(e.Headers())
	r := &http.Request{
		Method:        e.Method(),
		URL:           target(e.Path(), e.RawQuery()),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          http.NoBody,
		ContentLength: int64(len(body)),
		Host:          header.Get("Host"),
		RemoteAddr:    e.SourceIP() + ":0",
	}
	header.Del("Host") // as a server of net/http does
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	r.RequestURI = r.URL.RequestURI()
	r = r.WithContext(ctx)
	for name, value := range e.Params() {
		r.SetPathValue(name, value)
	}
	return r
}

// target makes a URL of a path as the gateway writes it: escapes that mean
// something to a router are still in it.
func target(path, rawQuery string) *url.URL {
	if path == "" {
		path = "/"
	}
	u := &url.URL{Path: path, RawQuery: rawQuery}
	if plain, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = plain, path
	}
	return u
}

// maxKept is the size up to which room is kept for the next response.
const maxKept = 256 << 10

// writer keeps a response until the handler has returned. Its room is used
// again for the next one.
type writer struct {
	header http.Header
	status int
	body   bytes.Buffer
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
