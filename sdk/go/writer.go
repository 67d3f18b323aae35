package postern

import "net/http"

// maxKept is the size up to which room is kept for the next response.
const maxKept = 256 << 10

// writer keeps a response until the handler has returned.
type writer struct{ response Response }

// newWriter returns a writer with room for small bodies.
func newWriter(room []byte) writer {
	header := Header{"Content-Type": nil}
	clear(header) // which keeps the room that it has by now
	return writer{Response{Header: header, Body: room[:0]}}
}

// writerOf returns the writer of a call. Those after the stock share one, and all
// share the room that a large body needed.
func writerOf(c *call) *writer {
	w := c.writer
	if w == nil {
		late.reset()
		return late
	}
	if room := late.response.Body; cap(room) > cap(w.response.Body) {
		w.response.Body = room[:0]
	}
	return w
}

// reset makes the writer ready for another response.
func (w *writer) reset() {
	r := &w.response
	if len(r.Header) > 0 { // to clear an empty map is work too
		clear(r.Header)
	}
	r.Status, r.Body = 0, r.Body[:0]
	if cap(r.Body) > maxKept {
		r.Body = make([]byte, 0, smallBody)
	}
}

// Header implements [http.ResponseWriter].
func (w *writer) Header() http.Header { return http.Header(w.response.Header) }

// WriteHeader implements [http.ResponseWriter]. Only the first final status
// counts.
func (w *writer) WriteHeader(status int) {
	if w.response.Status == 0 && status >= 200 {
		w.response.Status = status
	}
}

// Write implements [http.ResponseWriter].
func (w *writer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.response.Body = append(w.response.Body, b...)
	return len(b), nil
}

// WriteString implements [io.StringWriter].
func (w *writer) WriteString(s string) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.response.Body = append(w.response.Body, s...)
	return len(s), nil
}

// Flush implements [http.Flusher]; a reply goes out whole.
func (w *writer) Flush() {}

// end returns what was written.
func (w *writer) end() *Response {
	w.WriteHeader(http.StatusOK)
	if c := cap(w.response.Body); c > cap(late.response.Body) && c <= maxKept {
		late.response.Body = w.response.Body
	}
	return &w.response
}
