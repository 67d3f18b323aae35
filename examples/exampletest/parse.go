package exampletest

import (
	"bytes"
	"errors"
	"fmt"
	"net/textproto"
	"strconv"
	"strings"
)

// Case is one conversation.
type Case struct {
	Name string // its comment, or its request line when it has none
	Line int    // of the request line, counted from 1

	Method, Target string
	Header         []Field
	Body           string

	Status     int
	WantHeader []Field
	WantBody   []string // lines; nil when the body does not matter
}

// Field is one line of a header.
type Field struct{ Name, Value string }

// Parse reads a case file.
func Parse(text []byte) ([]Case, error) {
	var cases []Case
	number := 1
	for block := range bytes.SplitSeq(bytes.TrimSuffix(text, []byte("\n")), []byte("\n===\n")) {
		lines := strings.Split(strings.TrimSuffix(string(block), "\n==="), "\n")
		c, err := parseCase(lines, number)
		if err != nil {
			return nil, err
		}
		cases = append(cases, c)
		number += bytes.Count(block, []byte("\n")) + 2
	}
	return cases, nil
}

// parseCase reads the lines of one case, the first of which has a number.
func parseCase(lines []string, number int) (Case, error) {
	var c Case
	for len(lines) > 0 && (lines[0] == "" || lines[0][0] == '#') {
		if text := strings.TrimSpace(strings.TrimPrefix(lines[0], "#")); text != "" {
			c.Name = strings.TrimSpace(c.Name + " " + text)
		}
		lines = lines[1:]
		number++
	}
	c.Line = number
	fail := func(err error) (Case, error) { return Case{}, fmt.Errorf("case at line %d: %w", c.Line, err) }
	asked, answered, ok := cut(lines, "---")
	if len(asked) == 0 {
		return fail(errors.New("there is no request"))
	}
	if !ok {
		return fail(errors.New("there is no line of three dashes"))
	}
	if c.Name == "" {
		c.Name = asked[0]
	}
	var proto string
	c.Method, proto, ok = strings.Cut(asked[0], " ")
	c.Target, proto, _ = strings.Cut(proto, " ")
	if !ok || !strings.HasPrefix(c.Target, "/") || proto != "HTTP/1.1" {
		return fail(fmt.Errorf("%q is no request line", asked[0]))
	}
	head, body, _ := cut(asked[1:], "")
	c.Body = strings.Join(body, "\n")
	var err error
	if c.Header, err = parseFields(head); err != nil {
		return fail(err)
	}
	if err := c.parseAnswer(answered); err != nil {
		return fail(err)
	}
	return c, nil
}

func (c *Case) parseAnswer(lines []string) (err error) {
	if len(lines) == 0 {
		return errors.New("there is no status")
	}
	if c.Status, err = strconv.Atoi(lines[0]); err != nil || c.Status < 100 || c.Status > 999 {
		return fmt.Errorf("%q is no status", lines[0])
	}
	head, body, ok := cut(lines[1:], "")
	if ok {
		c.WantBody = append([]string{}, body...)
		if len(body) == 0 {
			c.WantBody = []string{""}
		}
	}
	c.WantHeader, err = parseFields(head)
	return err
}

// cut splits lines around the first that equals separator.
func cut(lines []string, separator string) (before, after []string, ok bool) {
	for i, line := range lines {
		if line == separator {
			return lines[:i], lines[i+1:], true
		}
	}
	return lines, nil, false
}

func parseFields(lines []string) ([]Field, error) {
	var fields []Field
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			return nil, fmt.Errorf("%q is no header line", line)
		}
		fields = append(fields, Field{textproto.CanonicalMIMEHeaderKey(name), strings.TrimSpace(value)})
	}
	return fields, nil
}
