package load

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Resolution of the histograms: from a tenth of a microsecond to an hour, to
// three digits for a run and two for its parts.
const (
	lowest     = int64(100)
	highest    = int64(time.Hour)
	fine       = 3
	coarse     = 2
	moments    = 60 // slices of a run's time
	maxShards  = 8
	maxExample = 5 // failures kept as examples
)

// recorder gathers the outcomes of a run. It is split so that connections
// seldom meet; each shard may be used by several.
type recorder struct {
	start  time.Time
	slice  time.Duration
	shards []*shard

	mu       sync.Mutex
	failures []Failure
}

// shard is a part of the recorder. Its lock is taken by few, so it is cheap.
type shard struct {
	mu       sync.Mutex
	latency  *hdrhistogram.Histogram
	service  *hdrhistogram.Histogram // nil for closed load
	lateness *hdrhistogram.Histogram // nil for closed load
	moments  []moment
	kinds    []kind
	in, out  int64
	last     time.Time // of the last answer
}

type moment struct {
	latency *hdrhistogram.Histogram // nil while it is empty
	failed  int64
}

type kind struct {
	latency *hdrhistogram.Histogram // nil when there is one kind only
	failed  int64
}

// outcome is what became of one request.
type outcome struct {
	kind      int
	due, sent time.Time // the same for closed load
	late      time.Duration
	done      time.Time
	in, out   int64
}

func newRecorder(start time.Time, length time.Duration, shards, kinds int, open openness) *recorder {
	r := &recorder{start: start, slice: max(length/moments, 10*time.Millisecond)}
	for range max(1, min(shards, maxShards)) {
		s := &shard{latency: hdrhistogram.New(lowest, highest, fine), kinds: make([]kind, kinds)}
		if open {
			s.service = hdrhistogram.New(lowest, highest, fine)
			s.lateness = hdrhistogram.New(lowest, highest, fine)
		}
		r.shards = append(r.shards, s)
	}
	return r
}

// openness says which kind of load a recorder is for.
type openness bool

// shard returns the shard of a connection.
func (r *recorder) shard(connection int) *shard { return r.shards[connection%len(r.shards)] }

// answered records a right answer.
func (r *recorder) answered(s *shard, o *outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	latency := int64(o.done.Sub(o.due))
	record(s.latency, latency)
	if s.service != nil {
		record(s.service, int64(o.done.Sub(o.sent)))
		record(s.lateness, int64(o.late))
	}
	m := s.momentLocked(r.index(o.done))
	if m.latency == nil {
		m.latency = hdrhistogram.New(lowest, highest, coarse)
	}
	record(m.latency, latency)
	if len(s.kinds) > 1 {
		k := &s.kinds[o.kind]
		if k.latency == nil {
			k.latency = hdrhistogram.New(lowest, highest, coarse)
		}
		record(k.latency, latency)
	}
	s.in += o.in
	s.out += o.out
	s.last = o.done
}

// count is how many right answers there are so far.
func (r *recorder) count() (answers int64) {
	for _, s := range r.shards {
		s.mu.Lock()
		answers += s.latency.TotalCount()
		s.mu.Unlock()
	}
	return answers
}

// failed records a wrong answer or an error, and keeps the first few.
func (r *recorder) failed(s *shard, o *outcome, request, problem string) {
	s.mu.Lock()
	s.kinds[o.kind].failed++
	s.momentLocked(r.index(o.done)).failed++
	if o.done.After(s.last) {
		s.last = o.done
	}
	s.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.failures) < maxExample {
		r.failures = append(r.failures, Failure{o.done.Sub(r.start).Seconds(), request, problem})
	}
}

func (r *recorder) index(at time.Time) int { return max(int(at.Sub(r.start)/r.slice), 0) }

// momentLocked returns the slice with that index. A run that has to catch up
// has more slices than it was planned for; they are bounded all the same.
func (s *shard) momentLocked(index int) *moment {
	index = min(index, 4*moments)
	for len(s.moments) <= index {
		s.moments = append(s.moments, moment{})
	}
	return &s.moments[index]
}

// record adds a value, the highest one for those beyond it.
func record(h *hdrhistogram.Histogram, value int64) {
	_ = h.RecordValue(min(max(value, 0), highest)) // nothing in range is refused
}

// result adds the shards up.
func (r *recorder) result(requests []*message) *Result {
	latency := hdrhistogram.New(lowest, highest, fine)
	service, lateness := hdrhistogram.New(lowest, highest, fine), hdrhistogram.New(lowest, highest, fine)
	res := &Result{Failures: r.failures}
	last := r.start
	var parts []moment
	for _, s := range r.shards {
		latency.Merge(s.latency)
		if s.service != nil {
			service.Merge(s.service)
			lateness.Merge(s.lateness)
		}
		res.BytesIn += s.in
		res.BytesOut += s.out
		if s.last.After(last) {
			last = s.last
		}
		parts = mergeMoments(parts, s.moments)
	}
	res.Answered = latency.TotalCount()
	res.Seconds = last.Sub(r.start).Seconds()
	if res.Seconds > 0 {
		res.Throughput = float64(res.Answered) / res.Seconds
	}
	res.Latency, res.Curve = summarize(latency), curve(latency)
	if service.TotalCount() > 0 {
		s, l := summarize(service), summarize(lateness)
		res.Service, res.Lateness = &s, &l
	}
	res.Timeline = r.timeline(parts)
	res.addKinds(r.shards, requests)
	return res
}

func mergeMoments(into, from []moment) []moment {
	for len(into) < len(from) {
		into = append(into, moment{})
	}
	for i := range from {
		into[i].failed += from[i].failed
		switch {
		case from[i].latency == nil:
		case into[i].latency == nil:
			into[i].latency = from[i].latency
		default:
			into[i].latency.Merge(from[i].latency)
		}
	}
	return into
}

func (r *recorder) timeline(parts []moment) []Moment {
	line := make([]Moment, len(parts))
	for i, p := range parts {
		line[i] = Moment{Second: (time.Duration(i) * r.slice).Seconds(), Failed: p.failed}
		if p.latency != nil {
			s := summarize(p.latency)
			line[i].Answered, line[i].P50, line[i].P99, line[i].Max = p.latency.TotalCount(), s.P50, s.P99, s.Max
		}
	}
	return line
}

// addKinds adds up the kinds of requests, and the failures of all.
func (res *Result) addKinds(shards []*shard, requests []*message) {
	for i, m := range requests {
		k := Kind{Name: m.title()}
		h := hdrhistogram.New(lowest, highest, coarse)
		for _, s := range shards {
			k.Failed += s.kinds[i].failed
			if s.kinds[i].latency != nil {
				h.Merge(s.kinds[i].latency)
			}
		}
		res.Failed += k.Failed
		k.Answered, k.Latency = h.TotalCount(), summarize(h)
		if len(requests) > 1 {
			res.Kinds = append(res.Kinds, k)
		}
	}
}
