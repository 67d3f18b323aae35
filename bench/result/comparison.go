package result

import (
	"math"
	"slices"

	"github.com/postern-dev/postern/bench/load"
)

// Comparison is what targets did in alternation: in each round every target had
// the same load, one after the other.
type Comparison struct {
	Targets []Target `json:"targets"` // the first one is what the others are held against
	Pairs   []Pair   `json:"pairs"`
}

// Target is one of the targets with its rounds, in order.
type Target struct {
	Name    string         `json:"name"`
	Version string         `json:"version,omitempty"`
	Rounds  []*load.Result `json:"rounds"`
	Steps   []Step         `json:"steps,omitempty"` // of all rounds, by the server's own account
}

// Pair holds one target against the first one.
type Pair struct {
	Target  string `json:"target"`
	Against string `json:"against"`
	// Throughput, P50 and P99 are ratios target / against. More is better for
	// throughput, less for latencies.
	Throughput Spread `json:"throughput"`
	P50        Spread `json:"p50"`
	P99        Spread `json:"p99"`
}

// Spread is the ratios of all rounds in three figures.
type Spread struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
}

// NewComparison holds the targets against the first one, round by round.
func NewComparison(targets []Target) *Comparison {
	c := &Comparison{Targets: targets}
	for i := 1; i < len(targets); i++ {
		c.Pairs = append(c.Pairs, NewPair(targets[i], targets[0]))
	}
	return c
}

// NewPair holds t against base. Only rounds that both had count.
func NewPair(t, base Target) Pair {
	ratios := func(figure func(*load.Result) float64) Spread {
		var rs []float64
		for i := range min(len(t.Rounds), len(base.Rounds)) {
			if under := figure(base.Rounds[i]); under > 0 {
				rs = append(rs, figure(t.Rounds[i])/under)
			}
		}
		return NewSpread(rs)
	}
	return Pair{
		Target: t.Name, Against: base.Name,
		Throughput: ratios(func(r *load.Result) float64 { return r.Throughput }),
		P50:        ratios(func(r *load.Result) float64 { return r.Latency.P50 }),
		P99:        ratios(func(r *load.Result) float64 { return r.Latency.P99 }),
	}
}

// NewSpread puts values in three figures; zeros when there are none.
func NewSpread(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	return Spread{Min: slices.Min(values), Median: Median(values), Max: slices.Max(values)}
}

// Median is the middle of values, which it leaves in their order; 0 of none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// Noise is how far a ratio strays from 1 though both sides are the same: the
// largest of the spread's distances from 1, as a factor of 1 or more.
func (s Spread) Noise() float64 {
	if s.Min <= 0 {
		return math.Inf(1)
	}
	return max(s.Max, 1/s.Min, 1)
}
