package session

import (
	"fmt"
	"math"
	"strings"

	"github.com/postern-dev/postern/bench/load"
	"github.com/postern-dev/postern/bench/result"
	"github.com/postern-dev/postern/bench/target"
)

// Names of the three targets of a gate.
const (
	Base  = "base"       // the build before the change
	Head  = "head"       // the build with it
	Again = "base again" // the build before the change once more: how far equals stray
)

// GateSpecs are the targets that a gate compares: a build, another one, and the
// first one once more.
func GateSpecs(base, head string) []target.Spec {
	return []target.Spec{
		{Name: Base, Kind: "binary", Argument: base},
		{Name: Head, Kind: "binary", Argument: head},
		{Name: Again, Kind: "binary", Argument: base},
	}
}

// Verdict is what a gate says of one figure.
type Verdict struct {
	Figure string
	Ratio  float64 // of the head to the base, the median of the rounds
	Noise  float64 // how far the base strayed from itself, as a factor
	Worse  bool    // the ratio is worse than noise explains
}

// String is the verdict for a person.
func (v Verdict) String() string {
	word := "ok"
	if v.Worse {
		word = "WORSE"
	}
	return fmt.Sprintf("%-10s %.3f, noise %.3f: %s", v.Figure, v.Ratio, v.Noise, word)
}

// Judge holds the head against the base. The base ran before and after the head
// in each round, so that a machine that grows faster or slower favours neither:
// a round's ratio is head / √(base · base again). A figure is worse when its
// median ratio is further from 1, in the bad direction, than base again / base
// was in any round.
func Judge(c *result.Comparison) ([]Verdict, error) {
	base, head, again := findTarget(c, Base), findTarget(c, Head), findTarget(c, Again)
	if base == nil || head == nil || again == nil {
		return nil, fmt.Errorf("a gate needs the targets %s, %s and %s", Base, Head, Again)
	}
	figure := func(name string, of func(*load.Result) float64) Verdict {
		var ratios, equals []float64
		for i := range min(len(base.Rounds), len(head.Rounds), len(again.Rounds)) {
			before, after := of(base.Rounds[i]), of(again.Rounds[i])
			ratios = append(ratios, of(head.Rounds[i])/math.Sqrt(before*after))
			equals = append(equals, after/before)
		}
		return Verdict{Figure: name, Ratio: result.Median(ratios), Noise: result.NewSpread(equals).Noise()}
	}
	verdicts := []Verdict{
		figure("throughput", func(r *load.Result) float64 { return r.Throughput }),
		figure("p50", func(r *load.Result) float64 { return r.Latency.P50 }),
		figure("p99", func(r *load.Result) float64 { return r.Latency.P99 }),
	}
	for i := range verdicts {
		v := &verdicts[i]
		worsened := v.Ratio // of a latency
		if i == 0 {
			worsened = 1 / v.Ratio
		}
		v.Worse = math.IsNaN(worsened) || worsened > v.Noise
	}
	return verdicts, nil
}

// Worse lists the figures that became worse, "" when none did.
func Worse(verdicts []Verdict) string {
	var names []string
	for _, v := range verdicts {
		if v.Worse {
			names = append(names, v.Figure)
		}
	}
	return strings.Join(names, ", ")
}

func findTarget(c *result.Comparison, name string) *result.Target {
	for i := range c.Targets {
		if c.Targets[i].Name == name {
			return &c.Targets[i]
		}
	}
	return nil
}
