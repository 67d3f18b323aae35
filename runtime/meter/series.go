package meter

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/VictoriaMetrics/metrics"

	"github.com/postern-dev/postern/abi/fault"
)

// ok is the code label of a call without a fault.
const ok = "ok"

// series is the numbers of one function, shared by the handles of its versions.
type series struct {
	families *families
	labels   string // of every series here, with braces

	attempts, reruns, lateRuns, coldStarts, cpuUnits    *metrics.Counter
	callSeconds, queueSeconds, runSeconds, resetSeconds *metrics.PrometheusHistogram

	// Both are immutable and swapped whole, by who holds the meter's mutex.
	calls   atomic.Pointer[map[fault.Code]*metrics.Counter]
	handles atomic.Pointer[[]*Function]
}

func newSeries(f *families, labels string) *series {
	s := &series{families: f, labels: labels}
	s.attempts = s.counter(f.attempts)
	s.reruns = s.counter(f.reruns)
	s.lateRuns = s.counter(f.lateRuns)
	s.coldStarts = s.counter(f.coldStarts)
	s.cpuUnits = s.counter(f.cpuUnits)
	s.callSeconds = s.histogram(f.callSeconds, callBuckets())
	s.queueSeconds = s.histogram(f.queueSeconds, callBuckets())
	s.runSeconds = s.histogram(f.runSeconds, callBuckets())
	s.resetSeconds = s.histogram(f.resetSeconds, resetBuckets())
	s.gauge(f.running, func(g Gauges) func() int { return g.Running })
	s.gauge(f.queued, func(g Gauges) func() int { return g.Queued })
	s.gauge(f.instances, func(g Gauges) func() int { return g.Instances })
	s.handles.Store(&[]*Function{})
	s.calls.Store(&map[fault.Code]*metrics.Counter{"": s.newCall(ok)})
	return s
}

func (s *series) counter(f family) *metrics.Counter { return f.set.NewCounter(f.name + s.labels) }

func (s *series) histogram(f family, buckets []float64) *metrics.PrometheusHistogram {
	return f.set.NewPrometheusHistogramExt(f.name+s.labels, buckets)
}

// gauge registers the sum of one gauge over all handles.
func (s *series) gauge(f family, choose func(Gauges) func() int) {
	f.set.NewGauge(f.name+s.labels, func() float64 {
		sum := 0
		for _, h := range *s.handles.Load() {
			if read := choose(h.gauges); read != nil {
				sum += read()
			}
		}
		return float64(sum)
	})
}

// addCallLocked returns the counter of calls that ended with code, made when
// the function had not met it. Series that are gone count into nothing.
func (s *series) addCallLocked(code fault.Code) *metrics.Counter {
	if !slices.Contains(fault.Codes(), code) {
		code = fault.Internal // labels come from a known set, whoever made the fault
	}
	old := *s.calls.Load()
	if c := old[code]; c != nil {
		return c
	}
	if len(*s.handles.Load()) == 0 {
		return &metrics.Counter{}
	}
	calls := maps.Clone(old)
	calls[code] = s.newCall(string(code))
	s.calls.Store(&calls)
	return calls[code]
}

func (s *series) newCall(code string) *metrics.Counter {
	f := s.families.calls
	return f.set.NewCounter(f.name + s.with("code", code))
}

// joinLocked adds a handle, and its version to the info when it is the
// version's first.
func (s *series) joinLocked(f *Function) {
	handles := append(slices.Clone(*s.handles.Load()), f)
	s.handles.Store(&handles)
	info := s.families.info
	info.set.GetOrCreateGauge(info.name+s.with("version", f.version), nil).Set(1)
}

// leaveLocked takes a handle away, and every series with the last one. It
// reports whether that was so; a handle leaves once.
func (s *series) leaveLocked(f *Function) (last bool) {
	handles := slices.Clone(*s.handles.Load())
	i := slices.Index(handles, f)
	if i < 0 {
		return false
	}
	handles = slices.Delete(handles, i, i+1)
	s.handles.Store(&handles)
	if !slices.ContainsFunc(handles, func(h *Function) bool { return h.version == f.version }) {
		info := s.families.info
		info.set.UnregisterMetric(info.name + s.with("version", f.version))
	}
	if len(handles) > 0 {
		return false
	}
	for _, family := range s.families.all() {
		family.set.UnregisterMetric(family.name + s.labels)
	}
	for code := range *s.calls.Load() {
		s.families.calls.set.UnregisterMetric(s.families.calls.name + s.with("code", cmp.Or(string(code), ok)))
	}
	return true
}

// with returns the labels with one more.
func (s *series) with(label, value string) string {
	return strings.TrimSuffix(s.labels, "}") + "," + strings.TrimPrefix(labels(label, value), "{")
}
