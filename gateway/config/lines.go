package config

import (
	"strconv"
	"strings"
)

// maxDepth bounds how deep values and dotted keys may nest: the parser of TOML
// recurses as deep as its text tells it to.
const maxDepth = 32

// scanner finds the lines of keys. It reads TOML that is known to be valid, and
// gets lost without harm in any other text: it always goes on, and never deeper
// than maxDepth.
type scanner struct {
	text   string
	pos    int
	line   int
	lines  map[string]int // by key, such as "function[0].memory"; nil when not wanted
	arrays map[string]int // how many [[tables]] there are so far, by key
	deep   int            // the line that nests deeper than maxDepth, or 0
}

// nestsTooDeep returns the first line that nests deeper than maxDepth, or 0.
func nestsTooDeep(text string) int {
	s := scanner{text: text, line: 1, arrays: map[string]int{}}
	s.document()
	return s.deep
}

// findLines returns the line of every key.
func findLines(text string) map[string]int {
	s := scanner{text: text, line: 1, lines: map[string]int{}, arrays: map[string]int{}}
	s.document()
	return s.lines
}

func (s *scanner) document() {
	table := ""
	for s.skipBlank(); s.pos < len(s.text) && s.deep == 0; s.skipBlank() {
		start := s.pos
		if s.peek() == '[' {
			table = s.header()
		} else {
			s.pair(table, 0)
		}
		if s.pos == start {
			s.pos++ // lost: nothing here is TOML
		}
	}
}

// header reads [table] or [[table]] and returns its key.
func (s *scanner) header() string {
	line := s.line
	s.pos++
	double := s.take('[')
	parts := s.key()
	s.take(']')
	if double {
		s.take(']')
	}
	key := ""
	for i, part := range parts {
		key = join(key, part)
		n := s.arrays[key]
		if double && i == len(parts)-1 {
			n++
			s.arrays[key] = n
		}
		if n > 0 {
			s.record(key, line)
			key = element(key, n-1)
		}
		s.record(key, line)
	}
	return key
}

// pair reads key = value below the key table.
func (s *scanner) pair(table string, depth int) {
	line := s.line
	parts := s.key()
	key := table
	for _, part := range parts {
		key = join(key, part)
		s.record(key, line)
	}
	s.skipSpace()
	if s.take('=') {
		s.skipSpace()
		s.value(key, depth+1)
	}
}

// key reads a dotted key.
func (s *scanner) key() []string {
	var parts []string
	for s.skipSpace(); s.pos < len(s.text); s.skipSpace() {
		if len(parts) == maxDepth {
			s.tooDeep()
			return nil
		}
		switch c := s.peek(); {
		case c == '"' || c == '\'':
			parts = append(parts, unquote(s.quoted()))
		case isBare(c):
			start := s.pos
			for s.pos < len(s.text) && isBare(s.peek()) {
				s.pos++
			}
			parts = append(parts, s.text[start:s.pos])
		default:
			return parts
		}
		if s.skipSpace(); !s.take('.') {
			break
		}
	}
	return parts
}

func (s *scanner) value(key string, depth int) {
	if depth > maxDepth {
		s.tooDeep()
		return
	}
	switch s.peek() {
	case '"', '\'':
		s.quoted()
	case '[':
		s.array(key, depth)
	case '{':
		s.inline(key, depth)
	default:
		for s.pos < len(s.text) && !strings.ContainsRune(",]}#\n", rune(s.peek())) {
			s.pos++
		}
	}
}

func (s *scanner) array(key string, depth int) {
	s.pos++
	for i := 0; s.deep == 0; {
		s.skipBlank()
		if s.pos >= len(s.text) || s.take(']') {
			return
		}
		start := s.pos
		if s.take(',') {
			i++
			continue
		}
		s.record(element(key, i), s.line)
		s.value(element(key, i), depth+1)
		if s.pos == start {
			return
		}
	}
}

func (s *scanner) inline(key string, depth int) {
	s.pos++
	for s.deep == 0 {
		s.skipBlank()
		if s.pos >= len(s.text) || s.take('}') {
			return
		}
		start := s.pos
		if s.take(',') {
			continue
		}
		s.pair(key, depth)
		if s.pos == start {
			return
		}
	}
}

// quoted reads a string of any kind and returns it with its quotes.
func (s *scanner) quoted() string {
	start, quote := s.pos, s.text[s.pos]
	end := strings.Repeat(string(quote), 3)
	long := strings.HasPrefix(s.text[s.pos:], end)
	if !long {
		end = end[:1]
	}
	s.pos += len(end)
	for s.pos < len(s.text) && !strings.HasPrefix(s.text[s.pos:], end) {
		switch c := s.peek(); {
		case c == '\n' && !long:
			return s.text[start:s.pos] // not closed
		case c == '\n':
			s.line++
		case c == '\\' && quote == '"' && s.pos+1 < len(s.text) && s.text[s.pos+1] != '\n':
			s.pos++
		}
		s.pos++
	}
	s.pos = min(s.pos+len(end), len(s.text))
	for n := 0; long && n < 2 && s.peek() == quote; n++ {
		s.pos++ // a long string may end with quotes of its own
	}
	return s.text[start:s.pos]
}

// skipSpace skips what may stand between the parts of a line.
func (s *scanner) skipSpace() {
	for c := s.peek(); c == ' ' || c == '\t'; c = s.peek() {
		s.pos++
	}
}

// skipBlank skips space, ends of lines and comments.
func (s *scanner) skipBlank() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case '\n':
			s.line++
		case ' ', '\t', '\r':
		case '#':
			if i := strings.IndexByte(s.text[s.pos:], '\n'); i >= 0 {
				s.pos += i
				continue
			}
			s.pos = len(s.text)
			continue
		default:
			return
		}
		s.pos++
	}
}

// peek returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

func (s *scanner) take(c byte) bool {
	if s.pos < len(s.text) && s.text[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

func (s *scanner) tooDeep() {
	if s.deep == 0 {
		s.deep = s.line
	}
}

// record notes the first line of a key.
func (s *scanner) record(key string, line int) {
	if s.lines == nil {
		return
	}
	if _, ok := s.lines[key]; !ok {
		s.lines[key] = line
	}
}

// join returns the key of name in the table key.
func join(key, name string) string {
	for i := range len(name) {
		if !isBare(name[i]) {
			name = strconv.Quote(name)
			break
		}
	}
	if name == "" {
		name = `""`
	}
	if key == "" {
		return name
	}
	return key + "." + name
}

// element returns the key of an element of the array key.
func element(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }

// unquote returns what a quoted key stands for.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' {
		if text, err := strconv.Unquote(s); err == nil {
			return text
		}
	}
	return strings.Trim(s, `"'`)
}

func isBare(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}
