package meter

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"github.com/postern-dev/postern/abi/fault"
)

// Meter holds the numbers of one server. All methods are safe for concurrent
// use.
type Meter struct {
	callBounds, resetBounds, stepBounds []time.Duration

	steps shards[stepShard]

	mu        sync.Mutex
	functions map[name]*series
}

// name is what the series of a function are called by.
type name struct{ app, function string }

// New returns a meter without series.
func New() *Meter {
	return &Meter{
		callBounds: callBounds(), resetBounds: resetBounds(), stepBounds: stepBounds(),
		steps:     newShards[stepShard](),
		functions: map[name]*series{},
	}
}

// Function returns a handle for one version of a function. Versions of one
// function count into the same series. The caller closes the handle when the
// version is retired; the series go with the last of them.
func (m *Meter) Function(app, function, version string) *Function {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := name{app, function}
	s := m.functions[key]
	if s == nil {
		s = newSeries(labels("app", app, "function", function))
		m.functions[key] = s
	}
	f := &Function{series: s, meter: m, key: key, version: version}
	f.gauges.Store(&Gauges{})
	s.joinLocked(f)
	return f
}

// call returns the count of calls that ended with code.
func (m *Meter) call(s *series, code fault.Code) *atomic.Int64 {
	if c := (*s.calls.Load())[code]; c != nil {
		return c
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return s.addCallLocked(code)
}

// close takes f from its series, and the series from the meter when f was the
// last.
func (m *Meter) close(f *Function) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f.series.leaveLocked(f) {
		delete(m.functions, f.key)
	}
}

// WritePrometheus writes every number in the text format of Prometheus, those
// of the Go process included.
func (m *Meter) WritePrometheus(w io.Writer) error {
	all := m.all()
	var b bytes.Buffer
	for _, f := range m.families() {
		if err := f.write(w, &b, all); err != nil {
			return fmt.Errorf("write metrics: %w", err)
		}
	}
	metrics.WriteProcessMetrics(w)
	return nil
}

// all returns the series of all functions, in the order of their labels.
func (m *Meter) all() []*series {
	m.mu.Lock()
	all := slices.Collect(maps.Values(m.functions))
	m.mu.Unlock()
	slices.SortFunc(all, func(a, b *series) int { return strings.Compare(a.labels, b.labels) })
	return all
}

// labels writes pairs of label and value between braces.
func labels(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		separator := ","
		if i == 0 {
			separator = "{"
		}
		b.WriteString(separator)
		b.WriteString(pairs[i])
		b.WriteString(`="`)
		b.WriteString(escape(pairs[i+1]))
		b.WriteByte('"')
	}
	return b.String() + "}"
}

// escape makes s fit between quotes. Few values need it, and making a replacer
// costs more than all the rest of a function's start.
func escape(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if !strings.ContainsAny(s, "\\\n\"") {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(s)
}

// with returns the labels with one more.
func with(all, label, value string) string {
	return strings.TrimSuffix(all, "}") + "," + strings.TrimPrefix(labels(label, value), "{")
}
