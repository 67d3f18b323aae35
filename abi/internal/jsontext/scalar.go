package jsontext

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
	v := ReadString(s.data[s.pos:])
	if v.Kind == Absent {
		s.fail()
	}
	s.pos += len(v.Raw)
	return v
}

// ReadString returns the string that b begins with; its Kind is Absent when b
// begins with anything else.
func ReadString(b []byte) Value {
	if len(b) == 0 || b[0] != '"' {
		return Value{}
	}
	escaped := false
	for i := 1; ; {
		i += Plain(b[i:])
		if i >= len(b) || b[i] < ' ' {
			return Value{}
		}
		if b[i] == '"' {
			return Value{Kind: String, Raw: b[: i+1 : i+1], escaped: escaped}
		}
		n := escapeLen(b[i:])
		if n == 0 {
			return Value{}
		}
		escaped = true
		i += n
	}
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
