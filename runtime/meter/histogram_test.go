package meter

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestHistogram_boundsAscend(t *testing.T) {
	for _, bounds := range [][]time.Duration{callBounds(), resetBounds(), stepBounds()} {
		for i := 1; i < len(bounds); i++ {
			if bounds[i] <= bounds[i-1] {
				t.Errorf("bound %v follows %v", bounds[i], bounds[i-1])
			}
		}
		if len(bounds) > maxBounds {
			t.Errorf("%d bounds, a tally has room for %d", len(bounds), maxBounds)
		}
	}
}

func TestHistogram_putsABoundIntoItsOwnBucket(t *testing.T) {
	bounds := []time.Duration{10, 20}
	for name, c := range map[string]struct {
		took   time.Duration
		bucket int
	}{
		"back in time": {-5, 0},
		"nothing":      {0, 0},
		"first bound":  {10, 0},
		"above it":     {11, 1},
		"last bound":   {20, 1},
		"above all":    {21, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var one tally
			one.observe(bounds, c.took)
			for i := range one.buckets {
				got, want := one.buckets[i].Load(), uint64(0)
				if i == c.bucket {
					want = 1
				}
				if got != want {
					t.Errorf("bucket %d = %d, want %d", i, got, want)
				}
			}
			if sum := one.sum.Load(); sum < 0 {
				t.Errorf("sum = %d", sum)
			}
		})
	}
}

// TestHistogram_agreesWithASlowTwin counts random durations once by buckets and
// once by comparing each with each bound.
func TestHistogram_agreesWithASlowTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	tallies := make([]*tally, 3)
	for i := range tallies {
		tallies[i] = &tally{}
	}
	h := histogram{bounds: callBounds(), tallies: slices.Values(tallies)}
	var all []time.Duration
	for range 2000 {
		took := time.Duration(random.Int64N(int64(time.Second) << random.IntN(10)))
		all = append(all, took)
		tallies[random.IntN(3)].observe(h.bounds, took)
	}
	var b bytes.Buffer
	h.appendTo(&b, "x", `{a="b"}`)
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	for i, bound := range callBounds() {
		want := 0
		for _, took := range all {
			if took <= bound {
				want++
			}
		}
		le := strconv.FormatFloat(bound.Seconds(), 'g', -1, 64)
		if line := `x_bucket{a="b",le="` + le + `"} ` + strconv.Itoa(want); lines[i] != line {
			t.Errorf("got %s, want %s", lines[i], line)
		}
	}
	rest := lines[len(callBounds()):]
	if len(rest) != 3 || rest[0] != `x_bucket{a="b",le="+Inf"} 2000` || rest[2] != `x_count{a="b"} 2000` {
		t.Errorf("the end is %q", rest)
	}
}
