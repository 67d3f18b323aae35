package result

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/bench/load"
)

func run(throughput, p99 float64) *load.Result {
	return &load.Result{Answered: 100, Throughput: throughput, Latency: load.Summary{P50: p99 / 2, P99: p99}}
}

func TestNewPair_holdsRoundAgainstRound(t *testing.T) {
	// The machine slows down over the rounds; the ratio does not.
	base := Target{Name: "bare", Rounds: []*load.Result{run(1000, 10), run(800, 20), run(500, 40)}}
	ours := Target{Name: "ours", Rounds: []*load.Result{run(500, 20), run(400, 40), run(300, 80)}}
	p := NewPair(ours, base)
	if p.Throughput != (Spread{0.5, 0.5, 0.6}) || p.P99 != (Spread{2, 2, 2}) || p.Target != "ours" || p.Against != "bare" {
		t.Errorf("pair = %+v", p)
	}
}

func TestNewPair_countsRoundsThatBothHad(t *testing.T) {
	base := Target{Rounds: []*load.Result{run(1000, 10), run(0, 0)}}
	p := NewPair(Target{Rounds: []*load.Result{run(100, 10), run(100, 10), run(100, 10)}}, base)
	if p.Throughput != (Spread{0.1, 0.1, 0.1}) {
		t.Errorf("throughput = %+v, want 0.1 of the one whole round", p.Throughput)
	}
}

func TestMedian_agreesWithASortedList(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for n := range 40 {
		values := make([]float64, n)
		for i := range values {
			values[i] = random.NormFloat64()
		}
		before := slices.Clone(values)
		got, want := Median(values), 0.0
		if n > 0 {
			sorted := slices.Sorted(slices.Values(values))
			want = (sorted[(n-1)/2] + sorted[n/2]) / 2
		}
		if got != want || !slices.Equal(values, before) {
			t.Fatalf("median of %v = %g, want %g", before, got, want)
		}
	}
}

func TestSpread_noiseIsTheFurtherSide(t *testing.T) {
	for _, c := range []struct {
		s    Spread
		want float64
	}{{Spread{0.9, 1, 1.02}, 1 / 0.9}, {Spread{0.99, 1.1, 1.3}, 1.3}, {Spread{1, 1, 1}, 1}, {Spread{}, math.Inf(1)}} {
		if got := c.s.Noise(); got != c.want {
			t.Errorf("noise of %+v = %g, want %g", c.s, got, c.want)
		}
	}
}

func TestSession_keepsFiguresByMachineAndCommit(t *testing.T) {
	s := &Session{
		Title: "echo of 64 KiB, compared", Started: time.Unix(1_700_000_000, 0).UTC(), Commit: "0123456789abcdef0123+",
		Machine: Machine{CPU: "Example(R) CPU @ 3 GHz", Cores: 2, OS: "linux/amd64"},
		Runs:    []Run{{Target: "ours", Load: &load.Result{Answered: 1, Throughput: 5, Curve: []load.Point{{Percentile: 50, Latency: 1}}, Timeline: []load.Moment{{}}}}},
	}
	dir := t.TempDir()
	file, err := s.Keep(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(dir, "example-r-cpu-3-ghz-2-cores-linux-amd64", "0123456789ab+-echo-of-64-kib-compared.json")
	if file != want {
		t.Errorf("file = %s, want %s", file, want)
	}
	kept, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if kept.Commit != s.Commit || kept.Runs[0].Load.Throughput != 5 || kept.Runs[0].Load.Curve != nil {
		t.Errorf("kept = %+v", kept)
	}
	if len(s.Runs[0].Load.Curve) != 1 {
		t.Error("keeping took the curve from the session itself")
	}
}

func TestSession_keepsEachResultApart(t *testing.T) {
	dir := t.TempDir()
	long := "hello, compared: bare, function:hello, go, handler, node, workerd, nginx, another one, and one more, "
	kept := map[string]string{}
	for _, title := range []string{"hello, compared: bare", "hello, compared: node", "hello, compared: bare", "hello, compared: bare", long + "a", long + "b"} {
		s := &Session{Title: title, Commit: "0123456789ab", Machine: Machine{CPU: "cpu", OS: "linux"}, Notes: []string{fmt.Sprint(len(kept))}}
		file, err := s.Keep(dir)
		if err != nil {
			t.Fatal(err)
		}
		if of, ok := kept[file]; ok {
			t.Errorf("%q went where %q is: %s", title, of, file)
		}
		kept[file] = title
		if name := filepath.Base(file); len(name) > 110 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
			t.Errorf("the name %s is long or not portable", name)
		}
	}
	for file, title := range kept {
		if s, err := Read(file); err != nil || s.Title != title {
			t.Errorf("%s has %+v, %v, want the result called %q", file, s, err, title)
		}
	}
}

func TestSession_saysWhatWasWrong(t *testing.T) {
	bad := &load.Result{Answered: 5, Failed: 2, Failures: []load.Failure{{Second: 1, Request: "GET /", Problem: "status 502"}}}
	s := &Session{
		Compare: &Comparison{Targets: []Target{{Name: "ours", Rounds: []*load.Result{run(1, 1), bad}}}},
		Cells:   []Cell{{Axis: "routes", Size: 10, Failed: 3, Why: "status 404"}},
	}
	got := s.Problem()
	for _, want := range []string{"ours: 2 answers were wrong", "GET /: status 502", "routes 10: 3", "status 404"} {
		if !strings.Contains(got, want) {
			t.Errorf("the problem does not say %q:\n%s", want, got)
		}
	}
	if s.Good() || !(&Session{Runs: []Run{{Load: run(1, 1)}}}).Good() {
		t.Error("good and bad are confused")
	}
}

func TestRead_refusesWhatIsNoResult(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.json")
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(file); err == nil {
		t.Error("no error")
	}
}

func TestThisMachine_saysNothingOfWhose(t *testing.T) {
	m := ThisMachine()
	if m.Cores < 1 || m.CPU == "" || !strings.Contains(m.OS, "/") || m.Go == "" {
		t.Errorf("machine = %+v", m)
	}
	if host, err := os.Hostname(); err == nil && len(host) > 3 && strings.Contains(m.Name()+m.Kernel, host) {
		t.Errorf("%q names the host", m.Name())
	}
}
