package meter

import (
	"bytes"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"
)

// histogram counts durations by upper bounds. Observing takes two atomic
// additions and no lock, since every call observes several.
type histogram struct {
	bounds  []time.Duration // ascending
	buckets []atomic.Uint64 // one for each bound, and one for what is above all
	sum     atomic.Int64    // nanoseconds
}

func newHistogram(bounds []time.Duration) *histogram {
	return &histogram{bounds: bounds, buckets: make([]atomic.Uint64, len(bounds)+1)}
}

// observe counts took in the first bucket whose bound it does not exceed. A
// clock that went back counts as no time.
func (h *histogram) observe(took time.Duration) {
	took = max(took, 0)
	i := 0
	for i < len(h.bounds) && took > h.bounds[i] {
		i++
	}
	h.buckets[i].Add(1)
	h.sum.Add(int64(took))
}

// appendTo writes the series of the histogram. The count is the sum of the
// buckets that were read, so the lines agree with each other while others
// observe.
func (h *histogram) appendTo(b *bytes.Buffer, name, labels string) {
	count := uint64(0)
	for i := range h.buckets {
		count += h.buckets[i].Load()
		bound := "+Inf"
		if i < len(h.bounds) {
			bound = seconds(h.bounds[i])
		}
		fmt.Fprintf(b, "%s_bucket%s %d\n", name, with(labels, "le", bound), count)
	}
	fmt.Fprintf(b, "%s_sum%s %s\n", name, labels, seconds(time.Duration(h.sum.Load())))
	fmt.Fprintf(b, "%s_count%s %d\n", name, labels, count)
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'g', -1, 64) }

// callBounds are for what may take between a tenth of a millisecond and a run
// limit.
func callBounds() []time.Duration {
	const us, ms, s = time.Microsecond, time.Millisecond, time.Second
	return []time.Duration{
		100 * us, 250 * us, 500 * us, 1 * ms, 2500 * us, 5 * ms, 10 * ms, 25 * ms, 50 * ms, 100 * ms, 250 * ms,
		500 * ms, 1 * s, 2500 * ms, 5 * s, 10 * s, 30 * s, 60 * s, 120 * s, 180 * s, 300 * s,
	}
}

// resetBounds are for what takes microseconds.
func resetBounds() []time.Duration {
	const us, ms = time.Microsecond, time.Millisecond
	return []time.Duration{
		1 * us, 2500 * time.Nanosecond, 5 * us, 10 * us, 25 * us, 50 * us, 100 * us,
		250 * us, 500 * us, 1 * ms, 2500 * us, 5 * ms, 10 * ms, 100 * ms,
	}
}
