package load

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// Climb says how to look for the highest rate that a server bears.
type Climb struct {
	From, To float64 // requests per second
	Factor   float64 // from one step to the next, more than 1
	Refine   int     // steps that halve the gap between the last good rate and the first bad one
	Tries    int     // how often a rate must break the bound before it is a bad one; 0 is 1
	Bound    Bound
}

// Bound is what a latency must not exceed.
type Bound struct {
	Quantile Quantile
	Latency  time.Duration
}

// Quantile names a figure of a [Summary].
type Quantile string

// The figures that can be bounded.
const (
	P50  Quantile = "p50"
	P90  Quantile = "p90"
	P99  Quantile = "p99"
	P999 Quantile = "p99.9"
	Max  Quantile = "max"
)

// At returns a figure by name, in microseconds, and whether there is one of
// that name.
func (s *Summary) At(q Quantile) (float64, bool) {
	switch q {
	case P50:
		return s.P50, true
	case P90:
		return s.P90, true
	case P99:
		return s.P99, true
	case P999:
		return s.P999, true
	case Max:
		return s.Max, true
	}
	return 0, false
}

// Ladder is the steps of a climb, in the order in which they were taken.
type Ladder struct {
	Bound   string  `json:"bound"`
	Highest float64 `json:"highest"` // the highest rate that held; 0 when none did
	Steps   []Step  `json:"steps"`
}

// Step is one rate that was tried.
type Step struct {
	Rate       float64 `json:"rate"`
	Throughput float64 `json:"throughput"`
	Latency    Summary `json:"latency"`
	Broke      string  `json:"broke,omitempty"` // why the rate did not hold; empty when it did
	Failed     int64   `json:"failed,omitempty"`
}

// keepsUp is the share of its rate that a server must answer.
const keepsUp = 0.97

// FindRate climbs from rate to rate until one breaks the bound, then narrows
// the gap. run puts open load of that rate on the server. Wrong answers end the
// climb with an error: a server that answers wrongly has no highest rate.
func FindRate(ctx context.Context, c Climb, run func(ctx context.Context, rate float64) (*Result, error)) (*Ladder, error) {
	if _, ok := (&Summary{}).At(c.Bound.Quantile); !ok || c.Bound.Latency <= 0 {
		return nil, fmt.Errorf("the bound %q of %s is none", c.Bound.Quantile, c.Bound.Latency)
	}
	if c.From <= 0 || c.To < c.From || c.Factor <= 1 {
		return nil, errors.New("a climb goes from a rate to a higher one, by a factor of more than 1")
	}
	l := &Ladder{Bound: fmt.Sprintf("%s ≤ %s", c.Bound.Quantile, c.Bound.Latency)}
	rate := c.From
	for {
		holds, err := l.try(ctx, &c, rate, run)
		if err != nil {
			return l, err
		}
		if !holds {
			break
		}
		if rate == c.To {
			return l, nil
		}
		rate = min(rate*c.Factor, c.To)
	}
	bad := rate
	for range c.Refine {
		if l.Highest == 0 {
			break
		}
		rate := math.Sqrt(l.Highest * bad)
		holds, err := l.try(ctx, &c, rate, run)
		if err != nil {
			return l, err
		}
		if !holds {
			bad = rate
		}
	}
	return l, nil
}

// try takes a step, and takes it again when it broke the bound, as long as
// there are tries: other programs may have had the machine.
func (l *Ladder) try(ctx context.Context, c *Climb, rate float64, run func(context.Context, float64) (*Result, error)) (holds bool, err error) {
	for range max(c.Tries, 1) {
		res, err := run(ctx, rate)
		if err != nil {
			return false, err
		}
		s := Step{Rate: rate, Throughput: res.Throughput, Latency: res.Latency, Failed: res.Failed, Broke: c.Bound.broken(rate, res)}
		l.Steps = append(l.Steps, s)
		if res.Failed > 0 {
			return false, fmt.Errorf("at %.0f/s %d answers were wrong, the first: %s", rate, res.Failed, res.Failures[0].Problem)
		}
		if s.Broke == "" {
			l.Highest = max(l.Highest, rate)
			return true, nil
		}
	}
	return false, nil
}

// broken says why a rate did not hold, "" when it did.
func (b Bound) broken(rate float64, res *Result) string {
	got, _ := res.Latency.At(b.Quantile)
	switch {
	case res.Unsent > 0 || res.Throughput < keepsUp*rate:
		return fmt.Sprintf("answered %.0f/s", res.Throughput)
	case got > micros(b.Latency):
		return fmt.Sprintf("%s %s", b.Quantile, time.Duration(got*float64(time.Microsecond)).Round(time.Microsecond))
	}
	return ""
}
