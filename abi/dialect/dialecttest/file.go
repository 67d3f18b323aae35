package dialecttest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
)

// Case is one case of a case file.
type Case struct {
	Name    string
	Route   dialect.Route
	Request *abi.Request // nil in a case about a reply
	Reply   []byte

	sections []*section
}

// section is a part of a case, with its text as it stands in the file.
type section struct {
	name    string
	text    []byte // ends with a newline unless the section is one line
	oneLine bool
	dirty   bool
}

// file is a case file: its parts in order, so that it can be written again.
type file struct {
	intro []byte
	cases []*Case
	heads [][]byte // what stands between a case's first line and first section
}

var sectionNames = []string{"route", "request", "event", "event has", "event lacks", "reply", "response", "error"}

// parseFile reads a case file.
func parseFile(name string, text []byte) (*file, error) {
	f := &file{}
	var (
		c *Case
		s *section
	)
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if title, ok := caseName(line); ok {
			c, s = &Case{Name: title}, nil
			f.cases = append(f.cases, c)
			f.heads = append(f.heads, nil)
			continue
		}
		if c == nil {
			f.intro = append(f.intro, line...)
			continue
		}
		if started := newSection(line); started != nil {
			if c.section(started.name) != nil && started.name != "event has" {
				return nil, fmt.Errorf("%s:%d: %s stands in the case twice", name, number, started.name)
			}
			s = started
			c.sections = append(c.sections, s)
			continue
		}
		if s == nil || s.oneLine {
			if s != nil && len(bytes.TrimSpace(line)) > 0 {
				return nil, fmt.Errorf("%s:%d: %s has one line only", name, number, s.name)
			}
			if s == nil {
				f.heads[len(f.heads)-1] = append(f.heads[len(f.heads)-1], line...)
			}
			continue
		}
		s.text = append(s.text, line...)
	}
	if len(f.cases) == 0 {
		return nil, fmt.Errorf("%s: no case in it", name)
	}
	for i, c := range f.cases {
		if err := c.parse(f.cases[:i]); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", name, c.Name, err)
		}
	}
	return f, nil
}

func caseName(line []byte) (string, bool) {
	name, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "-- case: ")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(name, " --")
}

// newSection returns the section that line begins, nil when it begins none.
func newSection(line []byte) *section {
	name, rest, ok := bytes.Cut(line, []byte(":"))
	if !ok || !slices.Contains(sectionNames, string(name)) {
		return nil
	}
	rest = bytes.TrimSpace(rest)
	if string(name) == "error" {
		return &section{name: "error", text: rest, oneLine: true}
	}
	if len(rest) > 0 {
		return nil
	}
	return &section{name: string(name)}
}

// parse makes sense of the sections of a case that stands behind others.
func (c *Case) parse(before []*Case) error {
	if s := c.section("route"); s != nil {
		r, err := parseRoute(string(s.text))
		if err != nil {
			return err
		}
		c.Route = r
	} else if len(before) > 0 {
		c.Route = before[len(before)-1].Route
	}
	request, reply := c.section("request"), c.section("reply")
	switch {
	case (request == nil) == (reply == nil):
		return fmt.Errorf("it needs either a request or a reply")
	case request != nil:
		r, err := parseRequest(request.text)
		if err != nil {
			return err
		}
		c.Request = r
	default:
		c.Reply = unescape(trimNewline(reply.text))
	}
	expects := false
	for _, s := range c.sections {
		ofReply := s.name == "response"
		ofRequest := strings.HasPrefix(s.name, "event")
		if reply != nil && ofRequest || request != nil && ofReply {
			return fmt.Errorf("%s has no place in it", s.name)
		}
		expects = expects || ofReply || ofRequest || s.name == "error"
	}
	if !expects {
		return fmt.Errorf("it expects nothing")
	}
	return nil
}

func (c *Case) section(name string) *section {
	for _, s := range c.sections {
		if s.name == name {
			return s
		}
	}
	return nil
}

// set gives the case what came out: an event, a response or an error, and takes
// away the other.
func (c *Case) set(name string, text []byte) {
	s := c.section(name)
	if s == nil {
		c.sections = slices.DeleteFunc(c.sections, func(s *section) bool {
			return s.name == "error" || s.name == "response" || strings.HasPrefix(s.name, "event")
		})
		s = &section{name: name, oneLine: name == "error"}
		c.sections = append(c.sections, s)
	}
	if !bytes.Equal(bytes.TrimSpace(s.text), bytes.TrimSpace(text)) {
		s.set(text)
	}
}

func (s *section) set(text []byte) {
	s.text, s.dirty = text, true
	if !s.oneLine {
		s.text = append(s.text, '\n', '\n')
	}
}

func (f *file) changed() bool {
	for _, c := range f.cases {
		for _, s := range c.sections {
			if s.dirty {
				return true
			}
		}
	}
	return false
}

// bytes returns the text of the file.
func (f *file) bytes() []byte {
	out := slices.Clone(f.intro)
	for i, c := range f.cases {
		out = fmt.Appendf(out, "-- case: %s --\n", c.Name)
		out = append(out, f.heads[i]...)
		for _, s := range c.sections {
			if s.oneLine {
				out = fmt.Appendf(out, "%s: %s\n\n", s.name, s.text)
				continue
			}
			out = fmt.Appendf(out, "%s:\n%s", s.name, s.text)
		}
	}
	return append(bytes.TrimRight(out, "\n"), '\n')
}

// trimNewline takes away the newlines that stand before the next section, all of
// them: a body that ends with one has it written as \x0a.
func trimNewline(text []byte) []byte { return bytes.TrimRight(text, "\n") }
