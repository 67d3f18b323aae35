package meter

import (
	"maps"
	"slices"
	"sync/atomic"

	"github.com/postern-dev/postern/abi/fault"
)

// series is the numbers of one function, shared by the handles of its versions.
type series struct {
	labels string // of every series here, with braces

	shards                       shards[shard] // of what every call counts
	reruns, lateRuns, coldStarts atomic.Int64

	// Both are immutable and swapped whole, by who holds the meter's mutex.
	// Calls are those that ended with a fault.
	calls   atomic.Pointer[map[fault.Code]*atomic.Int64]
	handles atomic.Pointer[[]*Function]
}

func newSeries(labels string) *series {
	s := &series{labels: labels, shards: newShards[shard]()}
	s.calls.Store(&map[fault.Code]*atomic.Int64{})
	s.handles.Store(&[]*Function{})
	return s
}

// sum adds up one gauge of all handles.
func (s *series) sum(choose func(Gauges) func() int) (n int64) {
	for _, h := range *s.handles.Load() {
		if read := choose(*h.gauges.Load()); read != nil {
			n += int64(read())
		}
	}
	return n
}

// addCallLocked returns the count of calls that ended with code, made when the
// function had not met it.
func (s *series) addCallLocked(code fault.Code) *atomic.Int64 {
	if !slices.Contains(fault.Codes(), code) {
		code = fault.Internal // labels come from a known set, whoever made the fault
	}
	old := *s.calls.Load()
	if c := old[code]; c != nil {
		return c
	}
	calls := maps.Clone(old)
	calls[code] = &atomic.Int64{}
	s.calls.Store(&calls)
	return calls[code]
}

func (s *series) joinLocked(f *Function) {
	handles := append(slices.Clone(*s.handles.Load()), f)
	s.handles.Store(&handles)
}

// leaveLocked takes a handle away, and reports whether it was the last; a handle
// leaves once.
func (s *series) leaveLocked(f *Function) (last bool) {
	handles := slices.Clone(*s.handles.Load())
	i := slices.Index(handles, f)
	if i < 0 {
		return false
	}
	handles = slices.Delete(handles, i, i+1)
	s.handles.Store(&handles)
	return len(handles) == 0
}
