package load

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Result is what one run measured. Latencies are in microseconds.
type Result struct {
	Mode        string  `json:"mode"`           // "open" or "closed"
	Rate        float64 `json:"rate,omitempty"` // requests due per second; open load only
	Connections int     `json:"connections"`
	KeepAlive   bool    `json:"keep_alive"`

	Seconds    float64 `json:"seconds"` // from the first request to the last answer
	Answered   int64   `json:"answered"`
	Failed     int64   `json:"failed"`
	Unsent     int64   `json:"unsent,omitempty"` // due, but given up at the end because the server was too far behind
	Throughput float64 `json:"throughput"`       // right answers per second
	BytesIn    int64   `json:"bytes_in"`
	BytesOut   int64   `json:"bytes_out"`

	Latency  Summary  `json:"latency"`            // open load: from the moment a request was due
	Service  *Summary `json:"service,omitempty"`  // open load: from the moment it was sent
	Lateness *Summary `json:"lateness,omitempty"` // open load: how late the generator itself was

	Curve    []Point   `json:"curve"`
	Timeline []Moment  `json:"timeline"`
	Kinds    []Kind    `json:"kinds,omitempty"` // one for each kind of request, when there are several
	Failures []Failure `json:"failures,omitempty"`
}

// Good reports whether every request was sent and answered as expected.
func (r *Result) Good() bool { return r.Failed == 0 && r.Unsent == 0 && r.Answered > 0 }

// Summary is a histogram in a few figures, in microseconds.
type Summary struct {
	Mean float64 `json:"mean"`
	Min  float64 `json:"min"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99.9"`
	Max  float64 `json:"max"`
}

// Point is one point of the percentile curve.
type Point struct {
	Percentile float64 `json:"percentile"`
	Latency    float64 `json:"latency"`
}

// Moment is one slice of the run's time.
type Moment struct {
	Second   float64 `json:"second"` // at which it begins
	Answered int64   `json:"answered"`
	Failed   int64   `json:"failed,omitempty"`
	P50      float64 `json:"p50"`
	P99      float64 `json:"p99"`
	Max      float64 `json:"max"`
}

// Kind is what became of one kind of request.
type Kind struct {
	Name     string  `json:"name"`
	Answered int64   `json:"answered"`
	Failed   int64   `json:"failed,omitempty"`
	Latency  Summary `json:"latency"`
}

// Failure is an example of what went wrong.
type Failure struct {
	Second  float64 `json:"second"`
	Request string  `json:"request"`
	Problem string  `json:"problem"`
}

// micros is a duration in microseconds.
func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func nanosToMicros(ns int64) float64 { return micros(time.Duration(ns)) }

// summarize puts a histogram of nanoseconds into figures.
func summarize(h *hdrhistogram.Histogram) Summary {
	if h.TotalCount() == 0 {
		return Summary{}
	}
	at := func(percentile float64) float64 { return nanosToMicros(h.ValueAtPercentile(percentile)) }
	return Summary{
		Mean: h.Mean() / float64(time.Microsecond),
		Min:  nanosToMicros(h.Min()),
		P50:  at(50), P90: at(90), P99: at(99), P999: at(99.9),
		Max: nanosToMicros(h.Max()),
	}
}

// curvePercentiles are the percentiles that a curve shows: even steps on an
// axis where each nine has the same width.
var curvePercentiles = []float64{
	0, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 96, 97, 98, 99, 99.25, 99.5, 99.6, 99.7, 99.8, 99.9,
	99.925, 99.95, 99.96, 99.97, 99.98, 99.99, 99.995, 99.999, 99.9995, 99.9999,
}

// curve draws a histogram of nanoseconds, as far as it has values to show: the
// percentile beyond 1-1/count would be the maximum said again.
func curve(h *hdrhistogram.Histogram) []Point {
	count := h.TotalCount()
	points := []Point{}
	if count == 0 {
		return points
	}
	most := 100 * (1 - 1/float64(count))
	for _, p := range curvePercentiles {
		if p > most {
			break
		}
		points = append(points, Point{p, nanosToMicros(h.ValueAtPercentile(p))})
	}
	return append(points, Point{100, nanosToMicros(h.Max())})
}
