// Package jsontext reads and writes JSON texts without reflection and without
// allocation: a scanner for the replies of functions and an appender of strings
// for events. It is not a codec: it knows no Go types but bytes.
package jsontext

// MaxDepth is how deep arrays and objects may be nested in each other.
const MaxDepth = 512

// Scanner walks over one JSON text. What it hands out points into that text.
// After the first mistake in the text every method answers as if the text had
// ended; End tells whether there was one.
type Scanner struct {
	data  []byte
	pos   int
	depth int
	first bool // the scanner stands behind '{' or '[', before any element
	bad   bool

	objects [MaxDepth / 64]uint64 // a bit for each level: set for an object
}

// NewScanner returns a scanner that stands before the first value of data.
func NewScanner(data []byte) Scanner {
	return Scanner{data: data}
}

// Valid reports whether data is one JSON text, nested no deeper than MaxDepth.
func Valid(data []byte) bool {
	s := NewScanner(data)
	s.Value()
	return s.End()
}

// Open enters the array or object that comes next and reports whether it did.
func (s *Scanner) Open() bool {
	s.space()
	if s.pos < len(s.data) && (s.data[s.pos] == '{' || s.data[s.pos] == '[') {
		return s.open()
	}
	s.fail()
	return false
}

// More steps to the next element of the array or object that was entered last.
// When there is none it leaves that array or object and returns false.
func (s *Scanner) More() bool {
	s.space()
	if s.pos >= len(s.data) || s.depth == 0 {
		s.fail()
		return false
	}
	switch c := s.data[s.pos]; {
	case c == s.closing():
		s.pos++
		s.depth--
		s.first = false
		return false
	case s.first:
		s.first = false
		return true
	case c == ',':
		s.pos++
		return true
	}
	s.fail()
	return false
}

// Key reads the key of an element of an object.
func (s *Scanner) Key() Value {
	s.space()
	k := s.string()
	s.space()
	if s.pos >= len(s.data) || s.data[s.pos] != ':' {
		s.fail()
		return Value{}
	}
	s.pos++
	return k
}

// Value reads the value that comes next, with all that is in it. Its Kind is
// Absent when there is none.
func (s *Scanner) Value() Value {
	s.space()
	if s.pos >= len(s.data) {
		s.fail()
		return Value{}
	}
	start := s.pos
	switch s.data[start] {
	case '{':
		s.skip()
		return s.value(Object, start)
	case '[':
		s.skip()
		return s.value(Array, start)
	}
	return s.scalar()
}

// End reports whether the text was one valid value with nothing behind it.
func (s *Scanner) End() bool {
	s.space()
	return !s.bad && s.depth == 0 && s.pos > 0 && s.pos == len(s.data)
}

// skip reads a whole array or object.
func (s *Scanner) skip() {
	outer := s.depth
	s.open()
	for s.depth > outer && !s.bad {
		if !s.More() {
			continue
		}
		if s.InObject() {
			s.Key()
		}
		s.space()
		if s.pos < len(s.data) && (s.data[s.pos] == '{' || s.data[s.pos] == '[') {
			s.open()
			continue
		}
		s.scalar()
	}
}

func (s *Scanner) open() bool {
	if s.depth == MaxDepth {
		s.fail()
		return false
	}
	word, bit := s.depth/64, uint64(1)<<(s.depth%64)
	s.objects[word] &^= bit
	if s.data[s.pos] == '{' {
		s.objects[word] |= bit
	}
	s.depth++
	s.pos++
	s.first = true
	return true
}

// InObject reports whether what was entered last, and not left, is an object.
func (s *Scanner) InObject() bool {
	if s.depth == 0 {
		return false
	}
	level := s.depth - 1
	return s.objects[level/64]>>(level%64)&1 == 1
}

func (s *Scanner) closing() byte {
	if s.InObject() {
		return '}'
	}
	return ']'
}

func (s *Scanner) value(kind Kind, start int) Value {
	if s.bad {
		return Value{}
	}
	return Value{Kind: kind, Raw: s.data[start:s.pos:s.pos]}
}

func (s *Scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// fail ends the text where it is, so that every loop over it ends too.
func (s *Scanner) fail() {
	s.bad = true
	s.pos = len(s.data)
}
