package session

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/bench/functions"
	"github.com/postern-dev/postern/bench/load"
	"github.com/postern-dev/postern/bench/result"
	"github.com/postern-dev/postern/bench/target"
)

// visitors notes who was asked, in order, once for each turn.
type visitors struct {
	mu    sync.Mutex
	order []string
}

func (v *visitors) visit(name string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.order) == 0 || v.order[len(v.order)-1] != name {
		v.order = append(v.order, name)
	}
}

// visited returns them all.
func (v *visitors) visited() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return strings.Join(v.order, "")
}

// running starts a server in this process and returns its specification.
func running(t *testing.T, name string, answer http.HandlerFunc) target.Spec {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return target.Spec{Name: name, Kind: "url", Argument: s.URL}
}

func comparison(specs ...target.Spec) *Compare {
	return &Compare{
		Specs: specs, Target: target.Options{Patience: time.Minute}, Rounds: 3, Say: func(string) {},
		Load: load.Options{
			Requests:    []*load.Request{{Path: "/", Expect: load.Expect{Body: []byte("hello")}}},
			Connections: 2, Count: 10, Duration: 20 * time.Second, KeepAlive: true, Patience: time.Minute,
		},
	}
}

func TestCompare_alternates(t *testing.T) {
	var v visitors
	var specs []target.Spec
	for _, name := range []string{"a", "b", "c"} {
		specs = append(specs, running(t, name, func(w http.ResponseWriter, _ *http.Request) {
			v.visit(name)
			fmt.Fprint(w, "hello")
		}))
	}
	c, notes, err := comparison(specs...).Run(t.Context())
	if err != nil || len(notes) > 0 {
		t.Fatal(err, notes)
	}
	if got, want := v.visited(), "abcabcabc"; got != want {
		t.Errorf("order = %s, want %s", got, want)
	}
	if len(c.Pairs) != 2 || c.Pairs[0].Against != "a" || c.Pairs[1].Target != "c" || len(c.Targets[2].Rounds) != 3 {
		t.Errorf("comparison = %+v", c)
	}
}

func TestCompare_leavesOutWhatIsAbsent(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	ours := running(t, "ours", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })
	c, notes, err := comparison(ours, target.Spec{Name: "nginx", Kind: "nginx"}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Targets) != 1 || len(notes) != 1 || !strings.Contains(notes[0], "left out nginx") {
		t.Errorf("targets = %d, notes = %q", len(c.Targets), notes)
	}
	if _, _, err := comparison(target.Spec{Name: "nginx", Kind: "nginx"}, ours).Run(t.Context()); err == nil {
		t.Error("no error though what the others are held against is absent")
	}
}

func TestCompare_endsAtAWrongAnswer(t *testing.T) {
	good := running(t, "good", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })
	bad := running(t, "bad", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "goodbye") })
	c, _, err := comparison(good, bad).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &result.Session{Compare: c}
	if s.Good() || !strings.Contains(s.Problem(), `the body is "goodbye" instead of "hello"`) || len(c.Targets[0].Rounds) != 1 {
		t.Errorf("problem = %q", s.Problem())
	}
}

// measured is a comparison of a gate whose head has share of the base's
// throughput, on a machine whose equals stray by noise.
func measured(share, noise float64) *result.Comparison {
	of := func(name string, factors ...float64) result.Target {
		t := result.Target{Name: name}
		for _, f := range factors {
			t.Rounds = append(t.Rounds, &load.Result{Answered: 1, Throughput: 1000 * f, Latency: load.Summary{P50: 100 / f, P99: 900 / f}})
		}
		return t
	}
	return result.NewComparison([]result.Target{
		of(Base, 1, 1, 1), of(Head, share, share, share), of(Again, 1, noise, 1/noise),
	})
}

func TestJudge_failsBeyondTheNoiseOnly(t *testing.T) {
	for _, c := range []struct {
		name         string
		share, noise float64
		want         string
	}{
		{"the same", 1, 1.01, ""},
		{"faster", 1.5, 1.01, ""},
		{"slower within the noise", 0.97, 1.05, ""},
		{"slower beyond it", 0.90, 1.05, "throughput, p50, p99"},
		{"slower on a quiet machine", 0.97, 1.01, "throughput, p50, p99"},
	} {
		verdicts, err := Judge(measured(c.share, c.noise))
		if err != nil {
			t.Fatal(err)
		}
		if got := Worse(verdicts); got != c.want {
			t.Errorf("%s: worse = %q, want %q; %v", c.name, got, c.want, verdicts)
		}
	}
}

// TestJudge_forgivesAMachineThatSlowsDown has a machine that gives each target
// less than the one before it.
func TestJudge_forgivesAMachineThatSlowsDown(t *testing.T) {
	c := &result.Comparison{}
	for i, name := range []string{Base, Head, Again} {
		target := result.Target{Name: name}
		for range 5 {
			f := 1 - 0.1*float64(i)
			target.Rounds = append(target.Rounds, &load.Result{Answered: 1, Throughput: 1000 * f, Latency: load.Summary{P50: 100 / f, P99: 900 / f}})
		}
		c.Targets = append(c.Targets, target)
	}
	verdicts, err := Judge(c)
	if err != nil || Worse(verdicts) != "" {
		t.Errorf("worse: %q, %v, %v", Worse(verdicts), verdicts, err)
	}
}

func TestJudge_needsBothPairs(t *testing.T) {
	if _, err := Judge(result.NewComparison([]result.Target{{Name: Base}, {Name: Head}})); err == nil {
		t.Error("no error without equals")
	}
}

const metricsBefore = `# HELP postern_run_seconds from getting a slot to the end of the run
# TYPE postern_run_seconds histogram
postern_run_seconds_bucket{app="a",function="f",le="+Inf"} 10
postern_run_seconds_sum{app="a",function="f"} 0.001
postern_run_seconds_count{app="a",function="f"} 10
postern_call_seconds_sum{app="a",function="f"} 1
postern_call_seconds_count{app="a",function="f"} 10
postern_calls_total{app="a",function="f",code="ok"} 10
go_gc_pauses_seconds_sum 3
go_gc_pauses_seconds_count 3
`

const metricsAfter = `postern_run_seconds_sum{app="a",function="f"} 0.002
postern_run_seconds_count{app="a",function="f"} 20
postern_run_seconds_sum{app="a",function="g"} 0.003
postern_run_seconds_count{app="a",function="g"} 10
postern_call_seconds_sum{app="a",function="f"} 1.0015
postern_call_seconds_count{app="a",function="f"} 20
postern_step_seconds_sum{step="parse",app="a"} 0.0001
postern_step_seconds_count{step="parse",app="a"} 100
postern_reset_seconds_sum 0
postern_reset_seconds_count 0
go_gc_pauses_seconds_sum 4
go_gc_pauses_seconds_count 5
`

func TestStepsBetween_areMeansInTheOrderOfACall(t *testing.T) {
	before, err := parseScrape(strings.NewReader(metricsBefore))
	if err != nil {
		t.Fatal(err)
	}
	after, err := parseScrape(strings.NewReader(metricsAfter))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range StepsBetween(before, after) {
		got = append(got, fmt.Sprintf("%s %d %.0f", s.Name, s.Count, s.Mean))
	}
	want := []string{"call 10 150", "parse 100 1", "run 20 200"}
	if !slices.Equal(got, want) {
		t.Errorf("steps = %q, want %q", got, want)
	}
}

func TestReadScrape_showsItsToken(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/metrics" || r.Header.Get("Authorization") != "Bearer secret" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, metricsBefore)
	}))
	defer s.Close()
	base := mustParse(t, s.URL)
	if scrape, err := ReadScrape(t.Context(), base, "secret"); err != nil || scrape["postern_run_seconds"].count != 10 {
		t.Errorf("scrape = %v, %v", scrape, err)
	}
	if _, err := ReadScrape(t.Context(), base, "wrong"); err == nil {
		t.Error("no error for a refusal")
	}
}

func FuzzParseScrape(f *testing.F) {
	f.Add(metricsBefore)
	f.Add(metricsAfter)
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := parseScrape(strings.NewReader(text)); err == nil {
			StepsBetween(Scrape{}, s)
		}
	})
}

func TestGrowth_plansEverySizeWhole(t *testing.T) {
	for preset, list := range sizes {
		for _, size := range list {
			g := Growth{Preset: preset, Load: load.Options{Connections: 32}}
			p := g.plan(size)
			all := functions.App{}
			for _, a := range p.apps {
				all.Functions += a.Functions
				all.Routes += a.Routes
			}
			numbers := 0
			for _, r := range p.load.Requests {
				numbers += r.Numbers
			}
			switch {
			case preset == Density && (all.Functions != size || all.Routes != size || numbers != size),
				preset == Routes && (all.Routes != size || numbers != size),
				preset == Bodies && (len(p.load.Requests[0].Body) != size || p.load.Connections*size > 64<<20),
				preset == Connections && p.load.Connections != size:
				t.Errorf("%s %d: %+v, %d numbers, %d connections", preset, size, all, numbers, p.load.Connections)
			}
		}
	}
}

func TestCompare_saysThatATargetIsNotThere(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + ln.Addr().String()
	_ = ln.Close()
	if _, _, err := comparison(target.Spec{Name: "gone", Kind: "url", Argument: address}).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("err = %v, want one that names the target", err)
	}
}
