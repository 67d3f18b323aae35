package plot

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Scale is how values lie along an axis.
type Scale int

// The scales there are.
const (
	Linear Scale = iota
	Log          // decades have the same length; values must be positive
	Nines        // percentiles: 90, 99, 99.9 at equal distances
)

// extent is the smallest and the largest of some values.
type extent struct{ low, high float64 }

func nothing() extent { return extent{math.Inf(1), math.Inf(-1)} }

func (e extent) empty() bool { return e.low > e.high }

func (e *extent) include(v float64) { e.low, e.high = min(e.low, v), max(e.high, v) }

// scaling places the values of one axis between two coordinates.
type scaling struct {
	axis     Axis
	low      float64 // on the scale's own measure
	high     float64
	from, to float64 // coordinates
}

func newScaling(a Axis, values extent, from, to float64) *scaling {
	s := &scaling{axis: a, from: from, to: to}
	s.low, s.high = a.Scale.measure(values.low), a.Scale.measure(values.high)
	switch a.Scale {
	case Linear:
		if a.Zero {
			s.low = min(s.low, 0)
		}
		if s.high == s.low {
			s.high = s.low + 1
		}
		s.high += (s.high - s.low) * 0.06
	case Log:
		s.low, s.high = math.Floor(s.low+1e-9), math.Ceil(s.high-1e-9)
		if s.high == s.low {
			s.high++
		}
	case Nines:
		s.low = 0
		if s.high <= 0 {
			s.high = 1
		}
	}
	return s
}

// maxNines is where 100 percent lies: no run has the requests to go further.
const maxNines = 6.0

// measure turns a value into a distance along the scale.
func (s Scale) measure(v float64) float64 {
	switch s {
	case Log:
		return math.Log10(v)
	case Nines:
		if v >= 100 {
			return maxNines
		}
		return min(-math.Log10(1-v/100), maxNines)
	}
	return v
}

// place is the coordinate of a value.
func (s *scaling) place(v float64) float64 {
	share := (s.axis.Scale.measure(v) - s.low) / (s.high - s.low)
	return s.from + share*(s.to-s.from)
}

// marks are the values at which the axis is marked.
func (s *scaling) marks() []float64 {
	switch s.axis.Scale {
	case Log:
		return s.logMarks()
	case Nines:
		var marks []float64
		for _, v := range []float64{0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999} {
			if Nines.measure(v) <= s.high {
				marks = append(marks, v)
			}
		}
		return marks
	}
	const about = 6
	step := niceStep((s.high - s.low) / about)
	if s.axis.Whole {
		step = max(step, 1)
	}
	var marks []float64
	for i := math.Ceil(s.low/step - 1e-9); i*step <= s.high; i++ {
		marks = append(marks, i*step+0) // +0 makes 0 of -0
	}
	return marks
}

// logMarks are decades, and steps within them when there are few.
func (s *scaling) logMarks() []float64 {
	within := []float64{1}
	if s.high-s.low <= 3 {
		within = []float64{1, 2, 5}
	}
	var marks []float64
	for decade := s.low; decade <= s.high; decade++ {
		for _, m := range within {
			if v := m * math.Pow(10, decade); math.Log10(v) <= s.high+1e-9 {
				marks = append(marks, v)
			}
		}
	}
	return marks
}

// niceStep is the smallest of 1, 2, 5, 10 and their tenfolds that is not below
// step.
func niceStep(step float64) float64 {
	decade := math.Pow(10, math.Floor(math.Log10(step)))
	for _, m := range []float64{1, 2, 5} {
		if m*decade >= step {
			return m * decade
		}
	}
	return 10 * decade
}

// Number is a number for a person: three digits, and k or M for large ones.
func Number(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e6:
		return trim(v/1e6) + "M"
	case a >= 1e4:
		return trim(v/1e3) + "k"
	}
	return trim(v)
}

func trim(v float64) string {
	return strconv.FormatFloat(v, 'g', max(3, 1+int(math.Log10(max(math.Abs(v), 1)))), 64)
}

// Micros is a latency in microseconds for a person, with its unit.
func Micros(v float64) string {
	switch {
	case v >= 1e6:
		return trim(v/1e6) + " s"
	case v >= 1e3:
		return trim(v/1e3) + " ms"
	}
	return trim(v) + " µs"
}

// Bytes is a size for a person.
func Bytes(v float64) string {
	for _, unit := range []string{"B", "KiB", "MiB"} {
		if v < 1024 {
			return trim(v) + " " + unit
		}
		v /= 1024
	}
	return trim(v) + " GiB"
}

// Percentile is a percentile for a person.
func Percentile(v float64) string {
	return "p" + strings.TrimSuffix(fmt.Sprintf("%g", v), ".0")
}
