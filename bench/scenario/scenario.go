// Package scenario reads what people write about a load: which requests, how
// often, and which answers are right. It puts no load on anything.
package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/postern-dev/postern/bench/load"
)

// Scenario is a file's content. What the file leaves out is zero, but for
// KeepAlive, which is true.
type Scenario struct {
	Title       string
	Connections int
	Rate        float64 // 0 is closed load
	Arrivals    load.Arrivals
	Duration    time.Duration
	WarmUp      time.Duration
	KeepAlive   bool
	Requests    []*load.Request
}

// MaxBody bounds the bodies that a scenario may have made for it.
const MaxBody = 64 << 20

// file is the TOML file.
type file struct {
	Title       string    `toml:"title"`
	Connections int       `toml:"connections"`
	Rate        float64   `toml:"rate"`
	Arrivals    string    `toml:"arrivals"`
	Duration    span      `toml:"duration"`
	WarmUp      span      `toml:"warm_up"`
	KeepAlive   *bool     `toml:"keep_alive"`
	Requests    []request `toml:"request"`
}

type request struct {
	Name     string            `toml:"name"`
	Method   string            `toml:"method"`
	Path     string            `toml:"path"`
	Numbers  int               `toml:"numbers"`
	Weight   int               `toml:"weight"`
	Think    span              `toml:"think"`
	Header   map[string]string `toml:"header"`
	Body     *string           `toml:"body"`
	BodySize *int              `toml:"body_size"`
	Expect   expect            `toml:"expect"`
}

type expect struct {
	Status int     `toml:"status"`
	Body   *string `toml:"body"`
	Echo   bool    `toml:"echo"`
	Match  string  `toml:"match"`
	Bytes  int     `toml:"bytes"`
}

// span is a duration with its unit, such as "250ms".
type span time.Duration

// UnmarshalText reads the duration.
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err == nil && d < 0 {
		err = fmt.Errorf("%s is negative", text)
	}
	*s = span(d)
	return err
}

// Read reads a scenario. All complaints come at once.
func Read(text []byte) (*Scenario, error) {
	var f file
	meta, err := toml.NewDecoder(bytes.NewReader(text)).Decode(&f)
	if err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	var errs []error
	for _, key := range meta.Undecoded() {
		errs = append(errs, fmt.Errorf("unknown key %s", key))
	}
	s := &Scenario{
		Title: f.Title, Connections: f.Connections, Rate: f.Rate, Arrivals: load.Arrivals(f.Arrivals),
		Duration: time.Duration(f.Duration), WarmUp: time.Duration(f.WarmUp),
		KeepAlive: f.KeepAlive == nil || *f.KeepAlive,
	}
	if s.Connections < 0 || s.Rate < 0 {
		errs = append(errs, errors.New("connections and rate can't be negative"))
	}
	if a := s.Arrivals; a != "" && a != load.Even && a != load.Random {
		errs = append(errs, fmt.Errorf("arrivals is %q, it must be %q or %q", a, load.Even, load.Random))
	}
	if len(f.Requests) == 0 {
		errs = append(errs, errors.New("there is no [[request]]"))
	}
	for i := range f.Requests {
		r, err := f.Requests[i].load(s.Rate > 0)
		if err != nil {
			errs = append(errs, fmt.Errorf("request %d: %w", i+1, err))
		}
		s.Requests = append(s.Requests, r)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// load makes a request of what the file says.
func (r *request) load(open bool) (*load.Request, error) {
	var errs []error
	complain := func(wrong bool, format string, values ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf(format, values...))
		}
	}
	complain(!strings.HasPrefix(r.Path, "/"), "path is %q, it must begin with '/'", r.Path)
	complain(strings.Contains(r.Path, load.NumberMark) != (r.Numbers > 0), "numbers and %s in the path need each other", load.NumberMark)
	complain(r.Weight < 0 || r.Numbers < 0, "weight and numbers can't be negative")
	complain(r.Body != nil && r.BodySize != nil, "body and body_size exclude each other")
	complain(r.BodySize != nil && (*r.BodySize < 0 || *r.BodySize > MaxBody), "body_size must be 0 to %d", MaxBody)
	complain(open && r.Think > 0, "think has no meaning under open load: requests are due whether or not somebody thinks")
	complain(r.Expect.Echo && r.Expect.Body != nil, "expect.echo and expect.body exclude each other")
	complain(r.Expect.Bytes < 0, "expect.bytes can't be negative")
	complain(r.Expect.Status != 0 && (r.Expect.Status < 200 || r.Expect.Status > 599), "expect.status must be 200 to 599")
	match, err := r.Expect.pattern()
	complain(err != nil, "expect.match: %w", err)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	out := &load.Request{
		Name: r.Name, Method: strings.ToUpper(r.Method), Path: r.Path, Numbers: r.Numbers, Weight: r.Weight, Think: time.Duration(r.Think),
		Expect: load.Expect{Status: r.Expect.Status, Echo: r.Expect.Echo, Match: match, Bytes: r.Expect.Bytes},
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		out.Header = append(out.Header, load.Field{Name: name, Value: r.Header[name]})
	}
	switch {
	case r.Body != nil:
		out.Body = []byte(*r.Body)
	case r.BodySize != nil:
		out.Body = Body(*r.BodySize)
	}
	if r.Expect.Body != nil {
		out.Expect.Body = []byte(*r.Expect.Body)
	}
	return out, nil
}

func (e *expect) pattern() (*regexp.Regexp, error) {
	if e.Match == "" {
		return nil, nil
	}
	return regexp.Compile(e.Match)
}

// Body makes a body of size bytes: lines of text that need no escape in JSON,
// the same for the same size.
func Body(size int) []byte {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	body := make([]byte, size)
	state := uint32(2463534242)
	for i := range body {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		body[i] = letters[state%uint32(len(letters))]
	}
	return body
}
