package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/bench/functions"
	"github.com/postern-dev/postern/bench/load"
	"github.com/postern-dev/postern/bench/scenario"
	"github.com/postern-dev/postern/bench/target"
)

// loadFlags say which load is put on servers.
type loadFlags struct {
	scenario    string
	kind        string
	path        string
	method      string
	headers     []string
	bodySize    int
	answer      string
	status      int
	match       string
	connections int
	rate        float64
	arrivals    string
	duration    time.Duration
	warmUp      time.Duration
	keepAlive   bool
	patience    time.Duration
	seed        uint64

	changed func(flag string) bool // whether the user set it
}

func (f *loadFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.scenario, "scenario", "", "a TOML file with requests and a load; flags win over it")
	flags.StringVar(&f.kind, "kind", "hello", "without a scenario: hello, one GET; or echo, a POST whose answer is its body")
	flags.StringVar(&f.path, "path", "/", "the path of the request")
	flags.StringVar(&f.method, "method", "", "the method (default GET, or POST for an echo)")
	flags.StringArrayVar(&f.headers, "header", nil, "a header field, `NAME: VALUE`; more than once for more")
	flags.IntVar(&f.bodySize, "body-size", 64<<10, "bytes of the body of an echo")
	flags.StringVar(&f.answer, "answer", "hello world", "the body that a hello must answer; of a URL or an --app that is measured alone, any unless this is set")
	flags.IntVar(&f.status, "status", 200, "the status that must be answered")
	flags.StringVar(&f.match, "match", "", "a regular expression that the body must match")
	flags.IntVarP(&f.connections, "connections", "c", 32, "connections")
	flags.Float64VarP(&f.rate, "rate", "r", 0, "requests due per second; 0 is closed load")
	flags.StringVar(&f.arrivals, "arrivals", "even", "when requests are due: even or random")
	flags.DurationVarP(&f.duration, "duration", "d", 10*time.Second, "of each measurement")
	flags.DurationVar(&f.warmUp, "warm-up", time.Second, "load before each measurement")
	flags.BoolVar(&f.keepAlive, "keep-alive", true, "use a connection for more than one request")
	flags.DurationVar(&f.patience, "patience", 30*time.Second, "the wait for one answer")
	flags.Uint64Var(&f.seed, "seed", 1, "of the choice among requests")
	f.changed = flags.Changed
}

// takeAny lets any body be right, unless the user said which one is: of a server
// that is not ours to know, only the status counts.
func (f *loadFlags) takeAny() {
	if !f.changed("answer") {
		f.answer = ""
	}
}

// options returns the load without its address.
func (f *loadFlags) options() (load.Options, error) {
	opt := load.Options{
		Connections: f.connections, Rate: f.rate, Arrivals: load.Arrivals(f.arrivals), Duration: f.duration,
		WarmUp: f.warmUp, KeepAlive: f.keepAlive, Patience: f.patience, Seed: f.seed,
	}
	if opt.Arrivals != load.Even && opt.Arrivals != load.Random {
		return opt, &usageError{fmt.Errorf("--arrivals is even or random, not %q", f.arrivals)}
	}
	if f.scenario == "" {
		r, err := f.request()
		opt.Requests = []*load.Request{r}
		return opt, err
	}
	text, err := os.ReadFile(f.scenario)
	if err != nil {
		return opt, err
	}
	s, err := scenario.Read(text)
	if err != nil {
		return opt, fmt.Errorf("%s: %w", f.scenario, err)
	}
	f.adopt(&opt, s)
	return opt, nil
}

// adopt takes from a scenario what no flag says.
func (f *loadFlags) adopt(opt *load.Options, s *scenario.Scenario) {
	opt.Requests = s.Requests
	if s.Connections > 0 && !f.changed("connections") {
		opt.Connections = s.Connections
	}
	if s.Rate > 0 && !f.changed("rate") {
		opt.Rate = s.Rate
	}
	if s.Arrivals != "" && !f.changed("arrivals") {
		opt.Arrivals = s.Arrivals
	}
	if s.Duration > 0 && !f.changed("duration") {
		opt.Duration = s.Duration
	}
	if s.WarmUp > 0 && !f.changed("warm-up") {
		opt.WarmUp = s.WarmUp
	}
	if !f.changed("keep-alive") {
		opt.KeepAlive = s.KeepAlive
	}
}

// request is the one request that the flags describe.
func (f *loadFlags) request() (*load.Request, error) {
	r := &load.Request{Method: strings.ToUpper(f.method), Path: f.path, Expect: load.Expect{Status: f.status}}
	switch f.kind {
	case "hello":
		if f.answer != "" {
			r.Expect.Body = []byte(f.answer)
		}
	case "echo":
		if f.bodySize < 0 || f.bodySize > scenario.MaxBody {
			return nil, &usageError{fmt.Errorf("--body-size must be 0 to %d", scenario.MaxBody)}
		}
		r.Body, r.Expect.Echo = scenario.Body(f.bodySize), true
		r.Header = []load.Field{{Name: "Content-Type", Value: "text/plain"}}
	default:
		return nil, &usageError{fmt.Errorf("--kind is hello or echo, not %q", f.kind)}
	}
	if f.match != "" {
		pattern, err := regexp.Compile(f.match)
		if err != nil {
			return nil, &usageError{fmt.Errorf("--match: %w", err)}
		}
		r.Expect.Match = pattern
	}
	for _, text := range f.headers {
		name, value, ok := strings.Cut(text, ":")
		if !ok {
			return nil, &usageError{fmt.Errorf("--header %q is not like \"Name: value\"", text)}
		}
		r.Header = append(r.Header, load.Field{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
	}
	return r, nil
}

// twin is what native twins do to be comparable.
func (f *loadFlags) twin() target.Twin {
	if f.kind == "echo" {
		return target.Twin{Kind: "echo", Type: "application/octet-stream"}
	}
	return target.Twin{Kind: "hello", Type: "text/html", Body: f.answer}
}

func functionKind(t target.Twin) functions.Kind { return functions.Kind(t.Kind) }

// name is what a result of this load is called.
func (f *loadFlags) name(of string) string {
	what := f.kind
	if f.scenario != "" {
		what = strings.TrimSuffix(filepath.Base(f.scenario), filepath.Ext(f.scenario))
	} else if f.kind == "echo" {
		what = fmt.Sprintf("echo of %s", size(int64(f.bodySize)))
	}
	if of != "" {
		what += ", " + of
	}
	return what
}

var errScenarioTwin = errors.New("a scenario needs its targets named: native twins answer hello or echo only")
