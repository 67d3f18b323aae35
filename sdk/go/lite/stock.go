package lite

import "sync/atomic"

// stock holds header fields of one content type, or none, that were made at the
// start, as making a map is a good part of a small call's work. Each set is
// given away once; in clean memory all calls get the same.
type stock struct {
	contentType string // "" for no fields
	headers     [64]Header
	taken       atomic.Int64
}

// What functions answer with most often, and what requests begin with.
var (
	blank     = newStock("")
	plainText = newStock("text/plain; charset=utf-8")
	jsonText  = newStock("application/json")
)

func newStock(contentType string) *stock {
	s := &stock{contentType: contentType}
	for i := range s.headers {
		s.headers[i] = s.make()
	}
	return s
}

// take returns header fields that belong to the caller.
func (s *stock) take() Header {
	if n := s.taken.Add(1); n <= int64(len(s.headers)) {
		return s.headers[n-1]
	}
	return s.make()
}

func (s *stock) make() Header {
	h := Header{"Content-Type": {s.contentType}}
	if s.contentType == "" {
		clear(h) // which keeps the room that it has by now
	}
	return h
}
