package meter

import (
	"maps"
	"slices"
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

	shards                       shards[shard] // of what every call counts
	reruns, lateRuns, coldStarts *metrics.Counter

	// Both are immutable and swapped whole, by who holds the meter's mutex.
	// Calls are those that ended with a fault.
	calls   atomic.Pointer[map[fault.Code]*metrics.Counter]
	handles atomic.Pointer[[]*Function]
}

func newSeries(f *families, labels string) *series {
	s := &series{families: f, labels: labels, shards: newShards[shard]()}
	s.reruns = f.reruns.counter(labels)
	s.lateRuns = f.lateRuns.counter(labels)
	s.coldStarts = f.coldStarts.counter(labels)
	f.attempts.gauge(labels, s.shards.sum(func(one *shard) *atomic.Int64 { return &one.attempts }))
	f.cpuUnits.gauge(labels, s.shards.sum(func(one *shard) *atomic.Int64 { return &one.cpu }))
	f.calls.gauge(with(labels, "code", ok), s.shards.sum(func(one *shard) *atomic.Int64 { return &one.delivered }))
	f.callSeconds.histogram(labels, s.shards.histogram(f.callBounds, func(one *shard) *tally { return &one.call }))
	f.queueSeconds.histogram(labels, s.shards.histogram(f.callBounds, func(one *shard) *tally { return &one.queue }))
	f.runSeconds.histogram(labels, s.shards.histogram(f.callBounds, func(one *shard) *tally { return &one.run }))
	f.resetSeconds.histogram(labels, s.shards.histogram(f.resetBounds, func(one *shard) *tally { return &one.reset }))
	s.handles.Store(&[]*Function{})
	f.running.gauge(labels, s.sum(func(g Gauges) func() int { return g.Running }))
	f.queued.gauge(labels, s.sum(func(g Gauges) func() int { return g.Queued }))
	f.instances.gauge(labels, s.sum(func(g Gauges) func() int { return g.Instances }))
	s.calls.Store(&map[fault.Code]*metrics.Counter{})
	return s
}

// sum returns a reader of one gauge, summed over all handles.
func (s *series) sum(choose func(Gauges) func() int) func() float64 {
	return func() float64 {
		sum := 0
		for _, h := range *s.handles.Load() {
			if read := choose(*h.gauges.Load()); read != nil {
				sum += read()
			}
		}
		return float64(sum)
	}
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
	return s.families.calls.counter(with(s.labels, "code", code))
}

// joinLocked adds a handle, and its version to the info when it is the
// version's first.
func (s *series) joinLocked(f *Function) {
	handles := append(slices.Clone(*s.handles.Load()), f)
	s.handles.Store(&handles)
	s.families.info.mark(with(s.labels, "version", f.version))
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
		s.families.info.remove(with(s.labels, "version", f.version))
	}
	if len(handles) > 0 {
		return false
	}
	for _, family := range s.families.all() {
		family.remove(s.labels)
	}
	s.families.calls.remove(with(s.labels, "code", ok))
	for code := range *s.calls.Load() {
		s.families.calls.remove(with(s.labels, "code", string(code)))
	}
	return true
}
