package session

import (
	"fmt"
	"math"
	"strings"

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
	Ratio  float64 // head / base, the median of the rounds
	Noise  float64 // how far base / base strayed from 1, as a factor
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

// Judge compares the pair head / base with the pair base / base. A figure is
// worse when its median ratio is further from 1, in the bad direction, than any
// round of equals was.
func Judge(c *result.Comparison) ([]Verdict, error) {
	head, again := findPair(c, Head), findPair(c, Again)
	if head == nil || again == nil {
		return nil, fmt.Errorf("a gate needs the targets %s, %s and %s", Base, Head, Again)
	}
	return []Verdict{
		judge("throughput", 1/head.Throughput.Median, head.Throughput.Median, again.Throughput.Noise()),
		judge("p50", head.P50.Median, head.P50.Median, again.P50.Noise()),
		judge("p99", head.P99.Median, head.P99.Median, again.P99.Noise()),
	}, nil
}

// judge holds how much worse a figure became, as a factor, against the noise.
func judge(figure string, worsened, ratio, noise float64) Verdict {
	return Verdict{Figure: figure, Ratio: ratio, Noise: noise, Worse: math.IsNaN(worsened) || worsened > noise}
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

func findPair(c *result.Comparison, name string) *result.Pair {
	for i := range c.Pairs {
		if c.Pairs[i].Target == name {
			return &c.Pairs[i]
		}
	}
	return nil
}
