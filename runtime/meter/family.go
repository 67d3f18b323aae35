package meter

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

// family is all series of one name.
type family struct {
	name, kind, help string
	set              *metrics.Set // counters and gauges of this name only, so that the header can stand above them

	mu         sync.Mutex
	histograms map[string]*histogram // by their labels
}

// Kinds of a family.
const (
	kindCounter   = "counter"
	kindGauge     = "gauge"
	kindHistogram = "histogram"
)

// families is the table of doc.go, by name.
type families struct {
	attempts, calls, callSeconds, coldStarts, cpuUnits, info, instances *family
	lateRuns, queueSeconds, queued, reruns, resetSeconds                *family
	runSeconds, running, stepSeconds                                    *family

	callBounds, resetBounds, stepBounds []time.Duration
}

func newFamilies() *families {
	of := func(name, kind, help string) *family {
		return &family{name: name, kind: kind, help: help, set: metrics.NewSet(), histograms: map[string]*histogram{}}
	}
	return &families{
		attempts:     of("postern_attempts_total", kindCounter, "Attempts: runs that calls caused."),
		calls:        of("postern_calls_total", kindCounter, "Finished calls by fault code; ok for a delivered reply."),
		callSeconds:  of("postern_call_seconds", kindHistogram, "Seconds from the request to the answer, every attempt included."),
		coldStarts:   of("postern_cold_starts_total", kindCounter, "Instances made because none was idle."),
		cpuUnits:     of("postern_cpu_units_total", kindCounter, "Units of CPU that runs spent."),
		info:         of("postern_function_info", kindGauge, "1 for each version that can still run."),
		instances:    of("postern_instances", kindGauge, "Instances alive, idle ones included."),
		lateRuns:     of("postern_late_runs_total", kindCounter, "Runs that ended after their call was answered."),
		queueSeconds: of("postern_queue_seconds", kindHistogram, "Seconds that an attempt waited for its slot."),
		queued:       of("postern_queued", kindGauge, "Attempts that wait for a slot."),
		reruns:       of("postern_reruns_total", kindCounter, "Attempts after the first one of a call."),
		resetSeconds: of("postern_reset_seconds", kindHistogram, "Seconds to make an instance's memory clean again."),
		runSeconds:   of("postern_run_seconds", kindHistogram, "Seconds from getting a slot to the end of the run."),
		callBounds:   callBounds(),
		resetBounds:  resetBounds(),
		stepBounds:   stepBounds(),
		running:      of("postern_running", kindGauge, "Runs that hold a slot."),
		stepSeconds:  of("postern_step_seconds", kindHistogram, "Seconds that a step of a request took in the gateway; of some requests only."),
	}
}

// all returns the families in the order in which they are written.
func (f *families) all() []*family {
	return []*family{
		f.attempts, f.calls, f.callSeconds, f.coldStarts, f.cpuUnits, f.info, f.instances,
		f.lateRuns, f.queueSeconds, f.queued, f.reruns, f.resetSeconds, f.runSeconds, f.running, f.stepSeconds,
	}
}

// counter registers a counter. Labels that are taken already are a mistake of
// ours, and panic.
func (f *family) counter(labels string) *metrics.Counter { return f.set.NewCounter(f.name + labels) }

// gauge registers a number that read is asked for.
func (f *family) gauge(labels string, read func() float64) { f.set.NewGauge(f.name+labels, read) }

// mark registers a gauge that is 1, unless it is there.
func (f *family) mark(labels string) { f.set.GetOrCreateGauge(f.name+labels, nil).Set(1) }

// histogram registers a histogram.
func (f *family) histogram(labels string, h *histogram) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.histograms[labels] = h
}

// remove takes the series with these labels away, if there is one.
func (f *family) remove(labels string) {
	f.set.UnregisterMetric(f.name + labels)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.histograms, labels)
}

// write writes the family with its header, or nothing when it has no series.
func (f *family) write(w io.Writer) error {
	var b bytes.Buffer
	f.set.WritePrometheus(&b)
	f.appendHistograms(&b)
	if b.Len() == 0 {
		return nil
	}
	if _, err := fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, f.kind); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (f *family) appendHistograms(b *bytes.Buffer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, labels := range slices.Sorted(maps.Keys(f.histograms)) {
		f.histograms[labels].appendTo(b, f.name, labels)
	}
}
