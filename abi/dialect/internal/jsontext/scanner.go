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

// scalar reads a value that holds no others.
func (s *Scanner) scalar() Value {
	if s.pos >= len(s.data) {
		s.fail()
		return Value{}
	}
	switch c := s.data[s.pos]; {
	case c == '"':
		return s.string()
	case c == 't':
		return s.word("true", True)
	case c == 'f':
		return s.word("false", False)
	case c == 'n':
		return s.word("null", Null)
	case c == '-' || isDigit(c):
		return s.number()
	}
	s.fail()
	return Value{}
}

func (s *Scanner) word(w string, kind Kind) Value {
	start := s.pos
	if len(s.data)-start < len(w) || string(s.data[start:start+len(w)]) != w {
		s.fail()
		return Value{}
	}
	s.pos += len(w)
	return s.value(kind, start)
}

func (s *Scanner) number() Value {
	start := s.pos
	if s.data[s.pos] == '-' {
		s.pos++
	}
	if s.pos < len(s.data) && s.data[s.pos] == '0' {
		s.pos++
	} else if !s.digits() {
		return Value{}
	}
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		s.pos++
		if !s.digits() {
			return Value{}
		}
	}
	if s.pos < len(s.data) && s.data[s.pos]|0x20 == 'e' {
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		if !s.digits() {
			return Value{}
		}
	}
	return s.value(Number, start)
}

// digits reads one digit or more.
func (s *Scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && isDigit(s.data[s.pos]) {
		s.pos++
	}
	if s.pos == start {
		s.fail()
		return false
	}
	return true
}

func (s *Scanner) string() Value {
	start := s.pos
	if start >= len(s.data) || s.data[start] != '"' {
		s.fail()
		return Value{}
	}
	escaped := false
	for i := start + 1; ; {
		i += plain(s.data[i:], 0)
		if i >= len(s.data) || s.data[i] < ' ' {
			break
		}
		if s.data[i] == '"' {
			s.pos = i + 1
			v := s.value(String, start)
			v.escaped = escaped
			return v
		}
		n := escapeLen(s.data[i:])
		if n == 0 {
			break
		}
		escaped = true
		i += n
	}
	s.fail()
	return Value{}
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

// escapeLen returns the length of the escape sequence that b begins with, 0
// when it is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(b[2:]); ok {
			return 6
		}
	}
	return 0
}

// hex4 reads four hex digits.
func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		d, ok := Unhex(c)
		if !ok {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}

// Unhex returns the value of a hex digit and whether c is one.
func Unhex(c byte) (byte, bool) {
	switch {
	case isDigit(c):
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return (c | 0x20) - 'a' + 10, true
	}
	return 0, false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
