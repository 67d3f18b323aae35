// Package dialecttest runs case files against a dialect. It is not a dialect and
// knows none: what a cloud's facts are stands in the case files beside that
// cloud's dialect.
//
// # Case files
//
// A case file is plain text. Lines before the first case are comment, as are
// lines in a case before its first section. A case begins with
//
//	-- case: its name --
//
// and has sections, each begun by its name and a colon at the start of a line.
// Either a request is made into an event:
//
//	route:
//	path: /test/{path}
//	method: POST
//	integrated
//	request:
//	POST /test/value?foo=bar HTTP/1.1
//	@id: c6af9ac6-7b61-11e6-9a41-93e8deadbeef
//	@param: path=value
//	Accept: text/html
//
//	the body
//	event:
//	{"the": "whole event"}
//	event has:
//	{"headers": {"accept": "text/html"}}
//	event lacks:
//	/headers/x-anonymous-consumer
//
// or a reply is made into a response:
//
//	reply:
//	{"statusCode": 200, "body": "hi"}
//	response:
//	200
//	Content-Type: application/json
//
//	hi
//
// and instead of an event or a response there may be "error: bad_reply", a code.
//
// The keys of a route are those of dialect.Route: app, function, path, method,
// stage, service, payload, max-event, max-reply, timeout (seconds); alone on a
// line: integrated, canonical, authenticated, base64; any number of
// "declare: QUERY name", with "required" or "default=value" behind it, and of
// "rule: Accept image/png image/jpeg". A case without a route has the route of
// the case before it.
//
// In a request the lines that begin with '@' say what is not in its text: @id,
// @ip, @scheme, @secret, @received (RFC 3339), @raw-path, and @param, which may
// be repeated. "Host" is the request's host and a header field. The newline
// before the next section is not part of a body; an empty body is none.
//
// In requests, replies, and bodies of responses \xNN is the byte with that hex
// number, so that any bytes can be written; no other backslash means anything.
//
// "event" compares the whole event and "event has" some of it: an object may
// have more keys, everything else must be equal. "event lacks" lists JSON
// pointers to what must not be there. Every event must also be valid JSON without
// a key that is repeated.
//
// With the flag -update the sections event, response and error are written anew
// with what the dialect gives.
package dialecttest

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/fault"
)

var update = flag.Bool("update", false, "write the expectations of case files anew")

// Run runs the cases of all files that match glob, each as a subtest, against
// the dialects that newDialect makes of their routes. No file, or a file without
// a case, is an error.
func Run[D dialect.Dialect](t *testing.T, glob string, newDialect func(dialect.Route) (D, error)) {
	t.Helper()
	for _, name := range match(t, glob) {
		f := readFile(t, name)
		t.Run(filepath.Base(name), func(t *testing.T) {
			for _, c := range f.cases {
				t.Run(c.Name, func(t *testing.T) {
					d, err := newDialect(c.Route)
					if err != nil {
						t.Fatalf("make the dialect: %v", err)
					}
					c.run(t, d)
				})
			}
		})
		if *update && f.changed() {
			if err := os.WriteFile(name, f.bytes(), 0o644); err != nil {
				t.Error(err)
			}
		}
	}
}

// Cases returns the cases of all files that match glob, as seeds of fuzz tests.
func Cases(tb testing.TB, glob string) []*Case {
	tb.Helper()
	var all []*Case
	for _, name := range match(tb, glob) {
		all = append(all, readFile(tb, name).cases...)
	}
	return all
}

func match(tb testing.TB, glob string) []string {
	tb.Helper()
	names, err := filepath.Glob(glob)
	if err != nil {
		tb.Fatal(err)
	}
	if len(names) == 0 {
		tb.Fatalf("no case file matches %s", glob)
	}
	return names
}

func readFile(tb testing.TB, name string) *file {
	tb.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	f, err := parseFile(name, text)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func (c *Case) run(t *testing.T, d dialect.Dialect) {
	if c.Request != nil {
		c.runRequest(t, d)
		return
	}
	var res abi.Response
	err := d.ParseReply(&res, c.Reply)
	if c.refused(t, err) {
		return
	}
	got := formatResponse(&res)
	if want := c.section("response"); want == nil {
		t.Errorf("the reply was taken:\n%s", got)
		if *update {
			c.set("response", got)
		}
	} else if !bytes.Equal(got, bytes.TrimRight(want.text, "\n")) {
		if *update {
			c.set("response", got)
			return
		}
		t.Errorf("response is\n%s\nwant\n%s", got, want.text)
	}
}

func (c *Case) runRequest(t *testing.T, d dialect.Dialect) {
	const before = "what was there"
	got, err := d.AppendEvent([]byte(before), c.Request)
	if c.refused(t, err) {
		return
	}
	if c.section("error") != nil {
		t.Errorf("the request was taken, want an error")
	}
	event, ok := bytes.CutPrefix(got, []byte(before))
	if !ok {
		t.Fatalf("the event is not appended: %.60q", got)
	}
	if err := CheckJSON(event); err != nil {
		t.Fatalf("%v\n%s", err, event)
	}
	for _, s := range c.sections {
		var err error
		switch s.name {
		case "event":
			if err = equalJSON(event, s.text); err != nil && *update {
				s.set(indent(event))
				err = nil
			}
		case "event has":
			err = containsJSON(event, s.text)
		case "event lacks":
			err = lacksJSON(event, s.text)
		}
		if err != nil {
			t.Errorf("%s: %v\nthe event is\n%s", s.name, err, indent(event))
		}
	}
}

// refused reports whether err is one, and complains unless the case wants it.
func (c *Case) refused(t *testing.T, err error) bool {
	want := c.section("error")
	if err == nil {
		return false
	}
	if _, ok := errors.AsType[*fault.Error](err); !ok {
		t.Errorf("the error is not a fault: %v", err)
	}
	got := []byte(fault.CodeOf(err))
	switch {
	case *update:
		c.set("error", got)
	case want == nil:
		t.Errorf("refused: %v", err)
	case !bytes.Equal(bytes.TrimSpace(want.text), got):
		t.Errorf("refused with %s (%v), want %s", got, err, want.text)
	}
	return true
}
