package meter

import (
	"bytes"
	"fmt"
	"io"

	"github.com/VictoriaMetrics/metrics"
)

// family is all series of one name.
type family struct {
	name, kind, help string
	set              *metrics.Set // its series only, so that the header can stand above them
}

// Kinds of a family.
const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
)

// families is the table of doc.go, by name.
type families struct {
	attempts, calls, callSeconds, coldStarts, cpuUnits, info, instances family
	lateRuns, queueSeconds, queued, reruns, resetSeconds                family
	runSeconds, running                                                 family
}

func newFamilies() *families {
	of := func(name, kind, help string) family {
		return family{name: name, kind: kind, help: help, set: metrics.NewSet()}
	}
	return &families{
		attempts:     of("postern_attempts_total", counter, "Attempts: runs that calls caused."),
		calls:        of("postern_calls_total", counter, "Finished calls by fault code; ok for a delivered reply."),
		callSeconds:  of("postern_call_seconds", histogram, "Seconds from the request to the answer, every attempt included."),
		coldStarts:   of("postern_cold_starts_total", counter, "Instances made because none was idle."),
		cpuUnits:     of("postern_cpu_units_total", counter, "Units of CPU that runs spent."),
		info:         of("postern_function_info", gauge, "1 for each version that can still run."),
		instances:    of("postern_instances", gauge, "Instances alive, idle ones included."),
		lateRuns:     of("postern_late_runs_total", counter, "Runs that ended after their call was answered."),
		queueSeconds: of("postern_queue_seconds", histogram, "Seconds that an attempt waited for its slot."),
		queued:       of("postern_queued", gauge, "Attempts that wait for a slot."),
		reruns:       of("postern_reruns_total", counter, "Attempts after the first one of a call."),
		resetSeconds: of("postern_reset_seconds", histogram, "Seconds to make an instance's memory clean again."),
		runSeconds:   of("postern_run_seconds", histogram, "Seconds from getting a slot to the end of the run."),
		running:      of("postern_running", gauge, "Runs that hold a slot."),
	}
}

// all returns the families in the order in which they are written.
func (f *families) all() []*family {
	return []*family{
		&f.attempts, &f.calls, &f.callSeconds, &f.coldStarts, &f.cpuUnits, &f.info, &f.instances,
		&f.lateRuns, &f.queueSeconds, &f.queued, &f.reruns, &f.resetSeconds, &f.runSeconds, &f.running,
	}
}

// write writes the family with its header, or nothing when it has no series.
func (f *family) write(w io.Writer) error {
	var series bytes.Buffer
	f.set.WritePrometheus(&series)
	if series.Len() == 0 {
		return nil
	}
	if _, err := fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, f.kind); err != nil {
		return err
	}
	_, err := w.Write(series.Bytes())
	return err
}

// callBuckets are upper bounds in seconds for what may take between a tenth of
// a millisecond and three times a patience of a minute.
func callBuckets() []float64 {
	return []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 180, 300}
}

// resetBuckets are upper bounds in seconds for what takes microseconds.
func resetBuckets() []float64 {
	return []float64{.000001, .0000025, .000005, .00001, .000025, .00005, .0001, .00025, .0005, .001, .0025, .005, .01, .1}
}
