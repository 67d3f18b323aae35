package deploy

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/gateway/route"
	"github.com/postern-dev/postern/runtime"
)

// maxGuesses is how many routes of a function are guessed at.
const maxGuesses = 4

// client is what a made-up request has of its sender: addresses that nobody has
// (RFC 5737), a word for whatever a client may name, and an id.
type client struct {
	word, host, address, id string
	received                time.Time
}

// clients returns the senders of the two requests of a guess. All that clients
// choose differs, but for a host that the app claims alone.
func clients(hosts []string) [2]client {
	now := time.Now()
	both := [2]client{
		{"sample", "sample.example", "192.0.2.10", strings.Repeat("0", 31) + "1", now},
		{"another", "another.example", "198.51.100.20", strings.Repeat("0", 31) + "2", now.AddDate(1, 1, 1)},
	}
	for i := range both {
		if len(hosts) > 0 {
			host := hosts[min(i, len(hosts)-1)]
			both[i].host = strings.Replace(host, "*", both[i].word, 1)
		}
	}
	return both
}

// guess makes up requests for the routes that lead to f and take GET or HEAD:
// these change nothing. Each becomes an event the way a request does; a route
// that a stronger one hides from it is left out. own returns the table of the
// app alone: nothing else claims what these requests ask for.
func (in *app) guess(f *function, own func() (*Table, error)) (guesses []runtime.Guess) {
	table, err := own()
	if err != nil {
		return nil
	}
	senders := clients(in.manifest.App.Hosts)
	for _, i := range f.rules {
		r := &in.rules[i]
		if len(guesses) == maxGuesses {
			break
		}
		if method := safe(r.Methods); method != "" {
			first, ok1 := in.sample(table, f, r, method, &senders[0])
			second, ok2 := in.sample(table, f, r, method, &senders[1])
			if ok1 && ok2 {
				name := method + " " + escape(in.manifest.App.Prefix) + guessPath(r.Pattern, senders[0].word)
				guesses = append(guesses, runtime.Guess{Name: name, First: first, Second: second})
			}
		}
	}
	return guesses
}

// safe returns the method of a made-up request; "" when the route takes none
// that is safe (RFC 9110, 9.2.1).
func safe(methods []string) string {
	switch {
	case len(methods) == 0 || slices.Contains(methods, "GET"):
		return "GET"
	case slices.Contains(methods, "HEAD"):
		return "HEAD"
	}
	return ""
}

// sample is what a function gets for a request for r.
func (in *app) sample(table *Table, f *function, r *route.Rule[*Target], method string, c *client) (runtime.Sample, bool) {
	var match route.Match[*Target]
	raw := []byte(escape(in.manifest.App.Prefix) + guessPath(r.Pattern, c.word))
	path, err := route.AppendCanonical(nil, raw)
	if err != nil || table.Find(&match, []byte(c.host), raw, path, []byte(method)) != route.Found || match.Target != r.Target {
		return runtime.Sample{}, false
	}
	req := &abi.Request{
		ID: c.id, Method: []byte(method), Scheme: "http", Host: []byte(c.host),
		RawPath: match.RawPath, Path: match.Path, Params: match.Params,
		Header: []abi.Field{
			{Name: []byte("Host"), Value: []byte(c.host)},
			{Name: []byte("User-Agent"), Value: []byte("Mozilla/5.0 (" + c.word + ")")},
			{Name: []byte("Accept"), Value: []byte("*/*")},
			{Name: []byte("Accept-Encoding"), Value: []byte("gzip")},
		},
		ClientIP: c.address,
		Received: c.received,
	}
	query := url.Values{}
	for _, p := range r.Target.Route.Declared {
		switch {
		case p.Required && p.In == dialect.InQuery:
			query.Set(p.Name, c.word)
		case p.Required && p.In == dialect.InHeader:
			req.Header = append(req.Header, abi.Field{Name: []byte(p.Name), Value: []byte(c.word)})
		}
	}
	req.Query = []byte(query.Encode())
	event, err := r.Target.Dialect.AppendEvent(nil, req)
	if err != nil {
		return runtime.Sample{}, false
	}
	context := abi.Context{
		RequestID: c.id, TraceID: c.id, Attempt: 1, App: in.name, Function: f.spec.Function, Version: in.version,
		MemoryLimit: f.spec.Memory, RunLimit: f.spec.RunLimit, Deadline: c.received.Add(f.spec.RunLimit),
	}
	return runtime.Sample{Event: event, Context: context.AppendJSON(nil)}, true
}

// guessPath is a path, as a client sends it, that p takes: its variables have
// the value word.
func guessPath(p route.Pattern, word string) string {
	text := p.String()
	if !strings.HasPrefix(text, "/") { // "=/exact", "^~/prefix", "$default"
		_, rest, _ := strings.Cut(text, "/")
		text = "/" + rest
	}
	segments := strings.Split(text, "/")
	for i, s := range segments {
		if strings.HasPrefix(s, "{") {
			segments[i] = word
		}
	}
	return escape(strings.Join(segments, "/"))
}

// escape writes what a request target has only behind a '%' (RFC 3986, 3.3), and
// leaves what stands there already alone.
func escape(path string) string {
	const hex = "0123456789ABCDEF"
	out := make([]byte, 0, len(path))
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c >= 0x7F || c == '?' || c == '#' || c == '\\' {
			out = append(out, '%', hex[c>>4], hex[c&15])
		} else {
			out = append(out, c)
		}
	}
	return string(out)
}
