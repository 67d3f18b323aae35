package load

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestRecorder_agreesWithASortedList holds the histograms against the slow way:
// keep every latency and sort.
func TestRecorder_agreesWithASortedList(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	start := time.Unix(1_700_000_000, 0)
	rec := newRecorder(start, 10*time.Second, 4, 1, true)
	var all []float64
	at := time.Duration(0)
	for i := range 50_000 {
		at += time.Duration(random.IntN(int(200 * time.Microsecond)))
		latency := time.Duration(math.Exp(random.NormFloat64()*1.5+12)) + time.Microsecond
		due := start.Add(at)
		rec.answered(rec.shard(i), &outcome{due: due, sent: due, done: due.Add(latency), in: 10, out: 20})
		all = append(all, micros(latency))
	}
	slices.Sort(all)
	res := rec.result([]*message{{Request: &Request{Path: "/"}}})
	if res.Answered != int64(len(all)) || res.BytesIn != 500_000 || res.BytesOut != 1_000_000 || res.Failed != 0 {
		t.Fatalf("answered %d, in %d, out %d, failed %d", res.Answered, res.BytesIn, res.BytesOut, res.Failed)
	}
	for _, c := range []struct {
		q    Quantile
		rank float64
	}{{P50, 0.5}, {P90, 0.9}, {P99, 0.99}, {P999, 0.999}, {Max, 1}} {
		got, _ := res.Latency.At(c.q)
		want := all[max(int(math.Ceil(c.rank*float64(len(all))))-1, 0)]
		if math.Abs(got-want) > want*0.002+0.2 {
			t.Errorf("%s = %.2f µs, the sorted list has %.2f", c.q, got, want)
		}
	}
	for i := 1; i < len(res.Curve); i++ {
		if res.Curve[i].Latency < res.Curve[i-1].Latency {
			t.Errorf("the curve falls at %g", res.Curve[i].Percentile)
		}
	}
	var answered int64
	for _, m := range res.Timeline {
		answered += m.Answered
	}
	if answered != res.Answered {
		t.Errorf("the timeline has %d answers, want %d", answered, res.Answered)
	}
}

func TestResult_isGoodOnlyWhenAllIsRight(t *testing.T) {
	for _, c := range []struct {
		name string
		res  Result
		want bool
	}{
		{"all right", Result{Answered: 1}, true},
		{"nothing", Result{}, false},
		{"one wrong", Result{Answered: 9, Failed: 1}, false},
		{"one given up", Result{Answered: 9, Unsent: 1}, false},
	} {
		if got := c.res.Good(); got != c.want {
			t.Errorf("%s: good = %t, want %t", c.name, got, c.want)
		}
	}
}
