package plot

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

func TestChart_drawsWellFormedSVG(t *testing.T) {
	for name, c := range map[string]*Chart{
		"nothing":   {Title: "none"},
		"no points": {Lines: []Line{{Name: "a"}}},
		"one point": {Lines: []Line{{Points: []Point{{1, 1}}}}},
		"linear":    {X: Axis{Zero: true}, Lines: []Line{{Name: "<a> & \"b\"", Points: []Point{{0, 1}, {10, 5}}}}},
		"log":       {Y: Axis{Scale: Log, Format: Micros}, Lines: []Line{{Points: []Point{{1, 0}, {2, 20}, {3, 5e6}}}}},
		"nines":     {X: Axis{Scale: Nines, Format: Percentile}, Lines: []Line{{Points: []Point{{0, 1}, {50, 2}, {99.99, 9}, {100, 10}}}}},
		"flat":      {Y: Axis{Scale: Log}, Lines: []Line{{Points: []Point{{1, 100}, {2, 100}}}}},
		"odd":       {Lines: []Line{{Points: []Point{{1, math.NaN()}, {2, math.Inf(1)}, {3, 4}}}}},
		"negative":  {Lines: []Line{{Points: []Point{{-1, -2}, {1, 2}}}}},
	} {
		svg := c.SVG()
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v in %s", name, err, svg)
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") || strings.Contains(svg, ">-0<") {
			t.Errorf("%s: %s", name, svg)
		}
	}
}

func TestScaling_marksLieInOrderWithinTheDrawing(t *testing.T) {
	for _, c := range []struct {
		axis      Axis
		low, high float64
		want      []float64
	}{
		{Axis{}, 0, 100, []float64{0, 20, 40, 60, 80, 100}},
		{Axis{Whole: true}, 1, 3, []float64{1, 2, 3}},
		{Axis{Zero: true}, 70, 90, []float64{0, 20, 40, 60, 80}},
		{Axis{Scale: Log}, 30, 900, []float64{10, 20, 50, 100, 200, 500, 1000}},
		{Axis{Scale: Log}, 1, 1e5, []float64{1, 10, 100, 1000, 1e4, 1e5}},
		{Axis{Scale: Nines}, 0, 99.95, []float64{0, 50, 90, 99, 99.9}},
	} {
		s := newScaling(c.axis, extent{c.low, c.high}, 0, 1000)
		got := s.marks()
		if len(got) != len(c.want) {
			t.Errorf("%+v: marks = %v, want %v", c.axis, got, c.want)
			continue
		}
		for i := range got {
			if math.Abs(got[i]-c.want[i]) > 1e-9*math.Abs(c.want[i]) {
				t.Errorf("%+v: marks = %v, want %v", c.axis, got, c.want)
				break
			}
			if at := s.place(got[i]); at < -0.01 || at > 1000.01 {
				t.Errorf("%+v: the mark %g lies at %g", c.axis, got[i], at)
			}
		}
	}
}

func TestFormats_areShort(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Number(0), "0"}, {Number(1.2000000000000002), "1.2"}, {Number(9999), "9999"}, {Number(53_400), "53.4k"}, {Number(2_100_000), "2.1M"},
		{Micros(0.5), "0.5 µs"}, {Micros(12.34), "12.3 µs"}, {Micros(4500), "4.5 ms"}, {Micros(2_000_000), "2 s"},
		{Bytes(0), "0 B"}, {Bytes(1536), "1.5 KiB"}, {Bytes(3 << 30), "3 GiB"}, {Percentile(99.9), "p99.9"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
