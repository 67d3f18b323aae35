package postern

import "net/http"

// maxKept is the size up to which room is kept for the next response.
const maxKept = 256 << 10

// writer keeps a response until the handler has returned.
type writer struct {
	header http.Header
	status int
	body   []byte
}

// writerOf returns the writer of a call. Those after the stock share one, and all
// share the room that a large body needed.
func writerOf(c *call) *writer {
	w := c.writer
	if w == nil {
		late.reset()
		return late
	}
	if cap(late.body) > cap(w.body) {
		w.body = late.body[:0]
	}
	return w
}

// reset makes the writer ready for another response.
func (w *writer) reset() {
	if len(w.header) > 0 { // to clear an empty map is work too
		clear(w.header)
	}
	w.status = 0
	if c := cap(w.body); c == 0 || c > maxKept {
		w.body = make([]byte, 0, len(ready{}.room))
	}
	w.body = w.body[:0]
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
	w.body = append(w.body, b...)
	return len(b), nil
}

// WriteString implements [io.StringWriter].
func (w *writer) WriteString(s string) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.body = append(w.body, s...)
	return len(s), nil
}

// Flush implements [http.Flusher]; a reply goes out whole.
func (w *writer) Flush() {}

// response is what was written.
func (w *writer) response() Response {
	w.WriteHeader(http.StatusOK)
	if c := cap(w.body); c > cap(late.body) && c <= maxKept {
		late.body = w.body
	}
	return Response{Status: w.status, Header: Header(w.header), Body: w.body}
}
