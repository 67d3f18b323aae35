package load

import (
	"context"
	"errors"
	"testing"
	"time"
)

// queueing is a server on paper: it bears capacity requests per second, and its
// latency grows as a queue does.
func queueing(capacity float64) func(context.Context, float64) (*Result, error) {
	return func(_ context.Context, rate float64) (*Result, error) {
		res := &Result{Answered: 1000, Throughput: min(rate, capacity)}
		used := min(rate/capacity, 0.9999)
		res.Latency.P99 = 1000 / (1 - used) // microseconds
		return res, nil
	}
}

func TestFindRate_findsTheHighestThatHolds(t *testing.T) {
	c := Climb{From: 100, To: 1e6, Factor: 2, Refine: 10, Bound: Bound{P99, 10 * time.Millisecond}}
	l, err := FindRate(t.Context(), c, queueing(10_000))
	if err != nil {
		t.Fatal(err)
	}
	// 1 ms / (1 - used) is 10 ms at nine tenths of the capacity.
	if l.Highest < 8900 || l.Highest > 9000 {
		t.Errorf("highest = %.0f, want almost 9000; steps %+v", l.Highest, l.Steps)
	}
}

func TestFindRate_stopsAtTheTop(t *testing.T) {
	c := Climb{From: 100, To: 500, Factor: 2, Refine: 4, Bound: Bound{P99, 10 * time.Millisecond}}
	l, err := FindRate(t.Context(), c, queueing(10_000))
	if err != nil || l.Highest != 500 || len(l.Steps) != 4 {
		t.Errorf("highest = %.0f in %d steps, %v, want 500 in 4", l.Highest, len(l.Steps), err)
	}
}

func TestFindRate_triesABadRateAgain(t *testing.T) {
	steady, runs := queueing(10_000), 0
	c := Climb{From: 100, To: 200, Factor: 2, Tries: 2, Bound: Bound{P99, 10 * time.Millisecond}}
	l, err := FindRate(t.Context(), c, func(ctx context.Context, rate float64) (*Result, error) {
		res, err := steady(ctx, rate)
		if runs++; runs == 1 {
			res.Latency.P99 = 1e6 // another program had the machine
		}
		return res, err
	})
	if err != nil || l.Highest != 200 || len(l.Steps) != 3 {
		t.Errorf("highest = %.0f in %d steps, %v, want 200 in 3", l.Highest, len(l.Steps), err)
	}
}

func TestFindRate_endsAtAWrongAnswer(t *testing.T) {
	c := Climb{From: 100, To: 500, Factor: 2, Bound: Bound{P99, 10 * time.Millisecond}}
	_, err := FindRate(t.Context(), c, func(context.Context, float64) (*Result, error) {
		return &Result{Failed: 1, Failures: []Failure{{Problem: "status 500"}}}, nil
	})
	if err == nil {
		t.Error("no error for a wrong answer")
	}
	broken := errors.New("broken")
	if _, err := FindRate(t.Context(), c, func(context.Context, float64) (*Result, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("err = %v, want %v", err, broken)
	}
}

func TestFindRate_refusesClimbsThatLeadNowhere(t *testing.T) {
	good := Climb{From: 100, To: 500, Factor: 2, Bound: Bound{P99, time.Millisecond}}
	for name, change := range map[string]func(*Climb){
		"down":        func(c *Climb) { c.To = 50 },
		"on the spot": func(c *Climb) { c.Factor = 1 },
		"from 0":      func(c *Climb) { c.From = 0 },
		"no bound":    func(c *Climb) { c.Bound.Latency = 0 },
		"p42":         func(c *Climb) { c.Bound.Quantile = "p42" },
	} {
		c := good
		change(&c)
		if _, err := FindRate(t.Context(), c, queueing(1000)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
