package load

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// NumberMark is what a path has where each request gets a number of its own.
const NumberMark = "{n}"

// Request is one kind of request. It is read-only once a run has begun.
type Request struct {
	Name    string        // what results call it; empty is "METHOD path"
	Method  string        // empty is GET, or POST when there is a body
	Path    string        // with the query; begins with '/'; may have one NumberMark
	Numbers int           // the mark becomes a random number below this
	Zipf    float64       // above 1: number n is drawn with the share 1/(1+Rank+n)^Zipf; 0: all alike
	Rank    int           // of number 0, when several requests share one distribution
	Header  []Field       // in the order in which they are sent
	Body    []byte        // nil for none
	Weight  int           // how often it is chosen, beside the others; 0 is 1
	Think   time.Duration // how long a connection rests after the answer; closed load only
	Expect  Expect
}

// Field is one header field.
type Field struct{ Name, Value string }

// Expect says which answer is right. Every part that is set must hold.
type Expect struct {
	Status int            // 0 is 200
	Body   []byte         // exactly this; nil is any
	Echo   bool           // exactly the body of the request
	Match  *regexp.Regexp // somewhere in the body; nil is any
	Bytes  int            // the length of the body; 0 is any (an empty Body expects none)
}

// message is a request as it goes over the wire.
type message struct {
	*Request
	before []byte // up to the number; everything when there is none
	after  []byte // from after the number; nil when there is none
}

// newMessage renders r for the server at base.
func newMessage(r *Request, base *url.URL, keepAlive bool) (*message, error) {
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("request %s: %w", r.title(), err)
	}
	var b bytes.Buffer
	b.WriteString(r.method() + " " + strings.TrimSuffix(base.EscapedPath(), "/") + r.Path + " HTTP/1.1\r\n")
	host := base.Host
	for _, f := range r.Header {
		if strings.EqualFold(f.Name, "Host") {
			host = f.Value
		}
	}
	b.WriteString("Host: " + host + "\r\n")
	for _, f := range r.Header {
		if !strings.EqualFold(f.Name, "Host") {
			b.WriteString(f.Name + ": " + f.Value + "\r\n")
		}
	}
	if r.Body != nil || r.method() == "POST" || r.method() == "PUT" {
		b.WriteString("Content-Length: " + strconv.Itoa(len(r.Body)) + "\r\n")
	}
	if !keepAlive {
		b.WriteString("Connection: close\r\n")
	}
	b.WriteString("\r\n")
	head := b.Bytes()
	m := &message{Request: r, before: append(head, r.Body...)}
	if at := bytes.Index(head, []byte(NumberMark)); at >= 0 && r.Numbers > 0 {
		m.before, m.after = m.before[:at], m.before[at+len(NumberMark):]
	}
	return m, nil
}

// check refuses what could not be sent as it stands.
func (r *Request) check() error {
	const control = "\r\n\x00"
	if !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, control+" \t") {
		return fmt.Errorf("the path %q must begin with '/' and hold no spaces or line ends", r.Path)
	}
	if strings.ContainsAny(r.method(), control+" \t") {
		return fmt.Errorf("the method %q is not one word", r.Method)
	}
	for _, f := range r.Header {
		if f.Name == "" || strings.ContainsAny(f.Name, control+" :\t") || strings.ContainsAny(f.Value, control) {
			return fmt.Errorf("the header field %q: %q can't be sent", f.Name, f.Value)
		}
		if strings.EqualFold(f.Name, "Content-Length") || strings.EqualFold(f.Name, "Transfer-Encoding") || strings.EqualFold(f.Name, "Connection") {
			return fmt.Errorf("the header field %s is the harness's own", f.Name)
		}
	}
	if marks := strings.Count(r.Path, NumberMark); marks > 1 || (marks == 1) != (r.Numbers > 0) {
		return errors.New("numbers need exactly one " + NumberMark + " in the path, and the mark needs numbers")
	}
	if r.Weight < 0 || r.Think < 0 || r.Numbers < 0 || r.Rank < 0 {
		return errors.New("weight, think time, numbers and rank can't be negative")
	}
	if r.Zipf != 0 && r.Zipf <= 1 {
		return errors.New("the exponent of a Zipf distribution must be above 1")
	}
	return nil
}

func (r *Request) method() string {
	switch {
	case r.Method != "":
		return r.Method
	case r.Body != nil:
		return "POST"
	}
	return "GET"
}

// title is what results call the request.
func (r *Request) title() string {
	if r.Name != "" {
		return r.Name
	}
	return r.method() + " " + r.Path
}

// append appends the bytes to send to b, with number in its place. It returns
// the message's own bytes, and b untouched, when there is no number in it.
func (m *message) append(b []byte, number uint64) (wire []byte) {
	if m.after == nil {
		return m.before
	}
	b = append(b, m.before...)
	b = strconv.AppendUint(b, number, 10)
	return append(b, m.after...)
}

// shown is how much of a wrong answer an example holds.
const shown = 160

// refuses says what is wrong with an answer; "" for nothing.
func (m *message) refuses(a *answer) string {
	e := &m.Expect
	want := e.Status
	if want == 0 {
		want = 200
	}
	switch {
	case a.status != want:
		return fmt.Sprintf("status %d instead of %d: %s", a.status, want, excerpt(a.body))
	case e.Body != nil && !bytes.Equal(a.body, e.Body):
		return fmt.Sprintf("the body is %s instead of %s", excerpt(a.body), excerpt(e.Body))
	case e.Echo && !bytes.Equal(a.body, m.Body):
		return fmt.Sprintf("the body is %s instead of the %d bytes sent", excerpt(a.body), len(m.Body))
	case e.Bytes > 0 && len(a.body) != e.Bytes:
		return fmt.Sprintf("the body has %d bytes instead of %d", len(a.body), e.Bytes)
	case e.Match != nil && !e.Match.Match(a.body):
		return fmt.Sprintf("the body %s does not match %s", excerpt(a.body), e.Match)
	}
	return ""
}

// excerpt is the beginning of a body for a person.
func excerpt(body []byte) string {
	if len(body) <= shown {
		return strconv.Quote(string(body))
	}
	return fmt.Sprintf("%s… (%d bytes)", strconv.Quote(string(body[:shown])), len(body))
}
