package postern

import (
	"bytes"
	"net/http"
)

// maxKept is the size up to which room is kept for the next response.
const maxKept = 256 << 10

// writer keeps a response until the handler has returned. Its room is used
// again for the next one.
type writer struct {
	header http.Header
	status int
	body   bytes.Buffer
	room   [1 << 10]byte // of bodies that are no larger
}

func (w *writer) reset() {
	if len(w.header) > 0 { // to clear an empty map is work too
		clear(w.header)
	}
	w.status = 0
	if c := w.body.Cap(); c == 0 || c > maxKept {
		w.body = *bytes.NewBuffer(w.room[:0])
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
