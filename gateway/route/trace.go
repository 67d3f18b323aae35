package route

import "unsafe"

// Trace tells see of the memory that Find touches for this request: each piece by
// its address and its length. What a map takes is left out.
func (t *Table[T]) Trace(host, path, method []byte, see func(at unsafe.Pointer, bytes uintptr)) {
	m := &Match[T]{}
	m.search.see = see
	t.Find(m, host, path, path, method)
}

// saw tells of a value.
func saw[V any](s *search, v *V) {
	if s.see != nil && v != nil {
		s.see(unsafe.Pointer(v), unsafe.Sizeof(*v))
	}
}

// sawText tells of the bytes of a string.
func sawText(s *search, text string) {
	if s.see != nil {
		s.see(unsafe.Pointer(unsafe.StringData(text)), uintptr(len(text)))
	}
}
