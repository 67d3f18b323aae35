package dialecttest

import (
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
)

const sample = `What this file is about.

-- case: a request --
Why it is here.
route:
path: /x/{y}
method: PUT
integrated
declare: QUERY q default=two words
declare: HEADER h required
rule: Accept image/png image/jpeg
max-event: 7
request:
PUT /x/1?q=\x26 HTTP/1.1
@ip: 10.0.0.1
@param: y=1
Host: h.example
X: \xff\x0a

a \x5cx41 \n
b

event has:
{"a": {"b": 1}}
event lacks:
/a/c

-- case: a reply --
reply:
{"x": "\n"}
response:
200
A: b

body

-- case: a refusal --
reply:
\x00
error: bad_reply
`

func TestFile_isReadAndWrittenAgain(t *testing.T) {
	f, err := parseFile("sample.case", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(f.bytes()); got != sample {
		t.Errorf("written again it is\n%s", got)
	}
	if f.changed() {
		t.Error("it has changed")
	}
	c := f.cases[0]
	if got, want := string(c.Request.Body), "a \\x41 \\n\nb"; got != want {
		t.Errorf("body = %q, want %q", got, want)
	}
	if x, _ := c.Request.FindHeader("x"); string(x) != "\xff\n" || string(c.Request.Query) != "q=&" || string(c.Request.Host) != "h.example" || c.Request.ClientIP != "10.0.0.1" {
		t.Errorf("request = %q %q %q %s", x, c.Request.Query, c.Request.Host, c.Request.ClientIP)
	}
	r := c.Route
	if r.Path != "/x/{y}" || !r.Integrated || r.MaxEvent != 7 || r.Base64Rules[0].Values[1] != "image/jpeg" {
		t.Errorf("route = %+v", r)
	}
	if got, want := r.Declared[0], (dialect.Param{Name: "q", In: dialect.InQuery, Default: "two words"}); got != want {
		t.Errorf("declared %+v, want %+v", got, want)
	}
	if f.cases[2].Route.Path != r.Path {
		t.Error("a case without a route has not that of the case before")
	}
	if string(f.cases[2].Reply) != "\x00" || string(f.cases[1].Reply) != `{"x": "\n"}` {
		t.Errorf("replies = %q, %q", f.cases[1].Reply, f.cases[2].Reply)
	}
}

func TestFile_isWrittenWithWhatCameOut(t *testing.T) {
	f, err := parseFile("sample.case", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	f.cases[1].set("error", []byte("too_large"))
	f.cases[2].set("response", []byte("200\n\n\\x00"))
	got := string(f.bytes())
	_, got, _ = strings.Cut(got, "-- case: a reply --\n")
	want := "reply:\n{\"x\": \"\\n\"}\nerror: too_large\n\n-- case: a refusal --\nreply:\n\\x00\nresponse:\n200\n\n\\x00\n"
	if got != want {
		t.Errorf("it is\n%s\nwant\n%s", got, want)
	}
	if !f.changed() {
		t.Error("it has not changed")
	}
}

func TestFile_saysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "no case",
		"reply:\nx\n":                "no case",
		"-- case: a --\n":            "either a request or a reply",
		"-- case: a --\nreply:\nx\n": "expects nothing",
		"-- case: a --\nrequest:\nGET\nevent:\n{}\n":                     "a method and a target",
		"-- case: a --\nrequest:\nGET /\n@x: y\nevent:\n{}\n":            "no such property",
		"-- case: a --\nroute:\ncolour: red\nreply:\nx\nerror: internal": "no such key",
		"-- case: a --\nroute:\ndeclare: BODY x\nreply:\nx\nerror: y":    "PATH, QUERY or HEADER",
		"-- case: a --\nreply:\nx\nevent:\n{}\n":                         "no place",
		"-- case: a --\nreply:\nx\nreply:\ny\nerror: z":                  "twice",
		"-- case: a --\nreply:\nx\nerror: y\nmore\n":                     "one line only",
	} {
		if _, err := parseFile("x.case", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: err = %v, want %q", text, err, want)
		}
	}
}

func TestFormatResponse_readsBack(t *testing.T) {
	body := "a\x00b\xffc\r\n\\x41 ü\n"
	got := formatResponse(&abi.Response{Status: 200, Header: []abi.Field{{Name: []byte("A"), Value: []byte("b")}}, Body: []byte(body)})
	head, text, _ := strings.Cut(string(got), "\n\n")
	if head != "200\nA: b" || string(unescape([]byte(text))) != body || strings.HasSuffix(text, "\n") {
		t.Errorf("got %q", got)
	}
}

// echo makes the request's method its event and its status the length of the
// reply.
type echo struct{}

func (echo) AppendEvent(dst []byte, req *abi.Request) ([]byte, error) {
	return append(abi.AppendString(append(dst, `{"method":`...), req.Method), `,"n":1}`...), nil
}

func (echo) ParseReply(res *abi.Response, reply []byte) error {
	res.Reset()
	res.Status = 200 + len(reply)
	return nil
}

func TestRun_runsCases(t *testing.T) {
	Run(t, "testdata/*.case", func(dialect.Route) (echo, error) { return echo{}, nil })
}
