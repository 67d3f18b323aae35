package report

import (
	"slices"

	"github.com/postern-dev/postern/bench/load"
	"github.com/postern-dev/postern/bench/plot"
	"github.com/postern-dev/postern/bench/result"
)

// Axes that charts share.
var (
	latencyAxis = plot.Axis{Label: "latency", Scale: plot.Log, Format: plot.Micros}
	curveAxis   = plot.Axis{Label: "percentile", Scale: plot.Nines, Format: plot.Percentile}
	timeAxis    = plot.Axis{Label: "seconds", Zero: true}
	rateAxis    = plot.Axis{Label: "rate asked for, per second", Zero: true}
	answersAxis = plot.Axis{Label: "answers per second", Zero: true}
)

// charts are the drawings of a session.
func charts(s *result.Session) []*plot.Chart {
	var list []*plot.Chart
	for _, r := range s.Runs {
		list = append(list, overTime(r), throughputOverTime(r))
	}
	if c := curves(s); len(c.Lines) > 0 {
		list = append(list, c)
	}
	if s.Ladder != nil {
		list = append(list, throughputAgainstRate(s.Ladder), latencyAgainstRate(s.Ladder))
	}
	if s.Compare != nil {
		list = append(list, throughputByRound(s.Compare))
	}
	if len(s.Cells) > 1 {
		list = append(list, growth(s.Cells), growthLatency(s.Cells))
	}
	return list
}

func overTime(r result.Run) *plot.Chart {
	c := &plot.Chart{Title: "Latency over time: " + r.Target, X: timeAxis, Y: latencyAxis}
	for i, figure := range []struct {
		name string
		of   func(load.Moment) float64
	}{
		{"p50", func(m load.Moment) float64 { return m.P50 }},
		{"p99", func(m load.Moment) float64 { return m.P99 }},
		{"max", func(m load.Moment) float64 { return m.Max }},
	} {
		line := plot.Line{Name: figure.name, Class: i}
		for _, m := range r.Load.Timeline {
			line.Points = append(line.Points, plot.Point{X: m.Second, Y: figure.of(m)})
		}
		c.Lines = append(c.Lines, line)
	}
	return c
}

func throughputOverTime(r result.Run) *plot.Chart {
	line := plot.Line{Name: "answers per second"}
	slices := r.Load.Timeline
	for i := 0; i+1 < len(slices); i++ { // the last one is not whole
		length := slices[i+1].Second - slices[i].Second
		line.Points = append(line.Points, plot.Point{X: slices[i].Second, Y: float64(slices[i].Answered) / length})
	}
	return &plot.Chart{Title: "Throughput over time: " + r.Target, X: timeAxis, Y: answersAxis, Lines: []plot.Line{line}}
}

// curves are the percentile curves of all runs; of a comparison, those of each
// target's last round.
func curves(s *result.Session) *plot.Chart {
	c := &plot.Chart{Title: "Latency by percentile", X: curveAxis, Y: latencyAxis}
	add := func(name string, r *load.Result) {
		if len(r.Curve) == 0 {
			return
		}
		line := plot.Line{Name: name, Class: len(c.Lines)}
		for _, p := range r.Curve[:len(r.Curve)-1] { // the maximum has no percentile of its own
			line.Points = append(line.Points, plot.Point{X: p.Percentile, Y: p.Latency})
		}
		c.Lines = append(c.Lines, line)
	}
	for _, r := range s.Runs {
		add(r.Target, r.Load)
	}
	if s.Compare != nil {
		for _, t := range s.Compare.Targets {
			if len(t.Rounds) > 0 {
				add(t.Name, t.Rounds[len(t.Rounds)-1])
			}
		}
	}
	return c
}

func throughputAgainstRate(l *load.Ladder) *plot.Chart {
	line := plot.Line{Name: "answered"}
	ideal := plot.Line{Name: "asked for", Class: 7}
	for _, p := range inOrder(l.Steps) {
		line.Points = append(line.Points, plot.Point{X: p.Rate, Y: p.Throughput})
		ideal.Points = append(ideal.Points, plot.Point{X: p.Rate, Y: p.Rate})
	}
	return &plot.Chart{Title: "Throughput against rate", X: rateAxis, Y: answersAxis, Lines: []plot.Line{line, ideal}}
}

func latencyAgainstRate(l *load.Ladder) *plot.Chart {
	p50, p99 := plot.Line{Name: "p50"}, plot.Line{Name: "p99", Class: 1}
	for _, p := range inOrder(l.Steps) {
		p50.Points = append(p50.Points, plot.Point{X: p.Rate, Y: p.Latency.P50})
		p99.Points = append(p99.Points, plot.Point{X: p.Rate, Y: p.Latency.P99})
	}
	return &plot.Chart{Title: "Latency against rate", X: rateAxis, Y: latencyAxis, Lines: []plot.Line{p50, p99}}
}

func throughputByRound(c *result.Comparison) *plot.Chart {
	chart := &plot.Chart{Title: "Throughput by round", Y: answersAxis,
		X: plot.Axis{Label: "round", Whole: true}}
	for i, t := range c.Targets {
		line := plot.Line{Name: t.Name, Class: i}
		for round, r := range t.Rounds {
			line.Points = append(line.Points, plot.Point{X: float64(round + 1), Y: r.Throughput})
		}
		chart.Lines = append(chart.Lines, line)
	}
	return chart
}

// growth draws throughput by size: a line for each way to ask.
func growth(cells []result.Cell) *plot.Chart {
	return &plot.Chart{
		Title: "Throughput by " + cells[0].Axis, X: growthAxis(cells), Y: answersAxis,
		Lines: byAsking(cells, "answers per second", 0, func(c result.Cell) float64 { return c.Throughput }),
	}
}

func growthLatency(cells []result.Cell) *plot.Chart {
	p50 := byAsking(cells, "p50", 0, func(c result.Cell) float64 { return c.P50 })
	p99 := byAsking(cells, "p99", len(p50), func(c result.Cell) float64 { return c.P99 })
	return &plot.Chart{Title: "Latency by " + cells[0].Axis, X: growthAxis(cells), Y: latencyAxis, Lines: append(p50, p99...)}
}

// byAsking makes a line for each way to ask, with colours from class on.
func byAsking(cells []result.Cell, figure string, class int, of func(result.Cell) float64) []plot.Line {
	var lines []plot.Line
	for _, c := range cells {
		name := figure
		if c.Asks != "" {
			name += ", " + c.Asks
		}
		i := slices.IndexFunc(lines, func(l plot.Line) bool { return l.Name == name })
		if i < 0 {
			i = len(lines)
			lines = append(lines, plot.Line{Name: name, Class: class + i})
		}
		lines[i].Points = append(lines[i].Points, plot.Point{X: size(c), Y: of(c)})
	}
	return lines
}

func growthAxis(cells []result.Cell) plot.Axis {
	return plot.Axis{Label: cells[0].Axis, Scale: plot.Log}
}

// size is where a cell lies on a logarithmic axis, which has no zero.
func size(c result.Cell) float64 { return max(float64(c.Size), 1) }
