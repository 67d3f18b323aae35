package meter

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/abi/fault"
)

// family is all series of one name.
type family struct {
	name, kind, help string
	lines            func(b *bytes.Buffer, name string, all []*series)
}

// Kinds of a family.
const (
	kindCounter   = "counter"
	kindGauge     = "gauge"
	kindHistogram = "histogram"
)

// families is the table of doc.go, in the order in which it is written.
func (m *Meter) families() []family {
	calls, resets := m.callBounds, m.resetBounds
	return []family{
		{"postern_attempts_total", kindCounter, "Attempts: runs that calls caused.",
			numbers(func(s *series) int64 { return s.shards.sum(func(one *shard) *atomic.Int64 { return &one.attempts }) })},
		{"postern_calls_total", kindCounter, "Finished calls by fault code; ok for a delivered reply.", appendCalls},
		{"postern_call_seconds", kindHistogram, "Seconds from the request to the answer, every attempt included.",
			times(calls, func(one *shard) *tally { return &one.call })},
		{"postern_cold_starts_total", kindCounter, "Instances made because none was idle.",
			numbers(func(s *series) int64 { return s.coldStarts.Load() })},
		{"postern_cpu_units_total", kindCounter, "Units of CPU that runs spent.",
			numbers(func(s *series) int64 { return s.shards.sum(func(one *shard) *atomic.Int64 { return &one.cpu }) })},
		{"postern_function_info", kindGauge, "1 for each version that can still run.", appendVersions},
		{"postern_instances", kindGauge, "Instances alive, idle ones included.",
			numbers(func(s *series) int64 { return s.sum(func(g Gauges) func() int { return g.Instances }) })},
		{"postern_late_runs_total", kindCounter, "Runs that ended after their call was answered.",
			numbers(func(s *series) int64 { return s.lateRuns.Load() })},
		{"postern_queue_seconds", kindHistogram, "Seconds that an attempt waited for its slot.",
			times(calls, func(one *shard) *tally { return &one.queue })},
		{"postern_queued", kindGauge, "Attempts that wait for a slot.",
			numbers(func(s *series) int64 { return s.sum(func(g Gauges) func() int { return g.Queued }) })},
		{"postern_reruns_total", kindCounter, "Attempts after the first one of a call.",
			numbers(func(s *series) int64 { return s.reruns.Load() })},
		{"postern_reset_seconds", kindHistogram, "Seconds to make an instance's memory clean again.",
			times(resets, func(one *shard) *tally { return &one.reset })},
		{"postern_run_seconds", kindHistogram, "Seconds from getting a slot to the end of the run.",
			times(calls, func(one *shard) *tally { return &one.run })},
		{"postern_running", kindGauge, "Runs that hold a slot.",
			numbers(func(s *series) int64 { return s.sum(func(g Gauges) func() int { return g.Running }) })},
		{"postern_step_seconds", kindHistogram, "Seconds that a step of a request took in the gateway; of some requests only.", m.appendSteps},
	}
}

// write writes the family with its header, or nothing when it has no series. It
// uses the room of b.
func (f *family) write(w io.Writer, b *bytes.Buffer, all []*series) error {
	b.Reset()
	f.lines(b, f.name, all)
	if b.Len() == 0 {
		return nil
	}
	if _, err := fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, f.kind); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// numbers are lines with one number for each function.
func numbers(read func(*series) int64) func(*bytes.Buffer, string, []*series) {
	return func(b *bytes.Buffer, name string, all []*series) {
		for _, s := range all {
			fmt.Fprintf(b, "%s%s %d\n", name, s.labels, read(s))
		}
	}
}

// times are lines with one histogram for each function.
func times(bounds []time.Duration, choose func(*shard) *tally) func(*bytes.Buffer, string, []*series) {
	return func(b *bytes.Buffer, name string, all []*series) {
		for _, s := range all {
			h := s.shards.histogram(bounds, choose)
			h.appendTo(b, name, s.labels)
		}
	}
}

// ok is the code label of a call without a fault.
const ok fault.Code = "ok"

func appendCalls(b *bytes.Buffer, name string, all []*series) {
	for _, s := range all {
		calls := *s.calls.Load()
		codes := append(slices.Collect(maps.Keys(calls)), ok)
		slices.Sort(codes)
		for _, code := range codes {
			var n int64
			if code == ok {
				n = s.shards.sum(func(one *shard) *atomic.Int64 { return &one.delivered })
			} else {
				n = calls[code].Load()
			}
			fmt.Fprintf(b, "%s%s %d\n", name, with(s.labels, "code", string(code)), n)
		}
	}
}

func appendVersions(b *bytes.Buffer, name string, all []*series) {
	for _, s := range all {
		var versions []string
		for _, h := range *s.handles.Load() {
			versions = append(versions, with(s.labels, "version", h.version))
		}
		slices.Sort(versions)
		for _, labels := range slices.Compact(versions) {
			fmt.Fprintf(b, "%s%s 1\n", name, labels)
		}
	}
}
