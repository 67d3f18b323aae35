package meter

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// tally counts durations by upper bounds, for those on one processor. Observing
// takes two atomic additions and no lock, since every call observes several. Most
// times are short, so that both mostly go to one cache line.
type tally struct {
	sum     atomic.Int64                 // nanoseconds
	buckets [maxBounds + 1]atomic.Uint64 // one for each bound, and one for what is above all
}

// maxBounds is how many bounds a histogram may have.
const maxBounds = 21

// observe counts took in the first bucket whose bound it does not exceed. A
// clock that went back counts as no time.
func (t *tally) observe(bounds []time.Duration, took time.Duration) {
	took = max(took, 0)
	i := 0
	for i < len(bounds) && took > bounds[i] {
		i++
	}
	t.buckets[i].Add(1)
	t.sum.Add(int64(took))
}

// histogram is the sum of tallies with the same bounds.
type histogram struct {
	bounds  []time.Duration // ascending
	tallies iter.Seq[*tally]
}

// appendTo writes the series of the histogram. The count is the sum of the
// buckets that were read, so the lines agree with each other while others
// observe.
func (h *histogram) appendTo(b *bytes.Buffer, name, labels string) {
	var buckets [maxBounds + 1]uint64
	var sum int64
	for t := range h.tallies {
		for i := range buckets {
			buckets[i] += t.buckets[i].Load()
		}
		sum += t.sum.Load()
	}
	count := uint64(0)
	for i := range len(h.bounds) + 1 { // these lines are nine of ten of a page
		count += buckets[i]
		b.WriteString(name)
		b.WriteString("_bucket")
		b.WriteString(strings.TrimSuffix(labels, "}"))
		b.WriteString(`,le="`)
		if i < len(h.bounds) {
			b.Write(strconv.AppendFloat(b.AvailableBuffer(), h.bounds[i].Seconds(), 'g', -1, 64))
		} else {
			b.WriteString("+Inf")
		}
		b.WriteString(`"} `)
		b.Write(strconv.AppendUint(b.AvailableBuffer(), count, 10))
		b.WriteByte('\n')
	}
	fmt.Fprintf(b, "%s_sum%s %s\n", name, labels, seconds(time.Duration(sum)))
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

// stepBounds are for what mostly takes less than a microsecond.
func stepBounds() []time.Duration {
	const ns, us, ms = time.Nanosecond, time.Microsecond, time.Millisecond
	return []time.Duration{
		100 * ns, 250 * ns, 500 * ns, 1 * us, 2500 * ns, 5 * us, 10 * us, 25 * us, 50 * us, 100 * us, 1 * ms, 10 * ms, 100 * ms,
	}
}
