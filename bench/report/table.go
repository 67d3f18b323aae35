// Package report shows what was measured: as text for a terminal and as one
// self-contained page for a browser. It measures nothing.
package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/postern-dev/postern/bench/load"
	"github.com/postern-dev/postern/bench/plot"
	"github.com/postern-dev/postern/bench/result"
)

// Text writes a session for a terminal.
func Text(w io.Writer, s *result.Session) error {
	for _, section := range sections(s) {
		if _, err := fmt.Fprintf(w, "%s\n\n", section.title); err != nil {
			return err
		}
		t := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
		for _, row := range section.rows {
			if _, err := fmt.Fprintln(t, strings.Join(row, "\t")+"\t"); err != nil {
				return err
			}
		}
		if err := t.Flush(); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	for _, note := range s.Notes {
		if _, err := fmt.Fprintln(w, note); err != nil {
			return err
		}
	}
	return nil
}

// section is one table: its first row has the names of its columns.
type section struct {
	title string
	rows  [][]string
}

// sections are the tables of a session, on a terminal and on a page.
func sections(s *result.Session) []section {
	var list []section
	for _, make := range []func(*result.Session) (section, bool){
		runs, kinds, ladder, rounds, pairs, cells, calls, steps,
	} {
		if section, any := make(s); any {
			list = append(list, section)
		}
	}
	return list
}

func runs(s *result.Session) (section, bool) {
	t := section{"Load", [][]string{{"target", "load", "conns", "req/s", "answered", "wrong", "p50", "p90", "p99", "p99.9", "max"}}}
	for _, r := range s.Runs {
		t.rows = append(t.rows, append([]string{r.Target, mode(r.Load), strconv.Itoa(r.Load.Connections)}, figures(r.Load)...))
		if r.Load.Lateness != nil && r.Load.Lateness.P99 > late {
			t.rows = append(t.rows, []string{"", "the generator was late", "", "", "", "", plot.Micros(r.Load.Lateness.P50), plot.Micros(r.Load.Lateness.P90),
				plot.Micros(r.Load.Lateness.P99), plot.Micros(r.Load.Lateness.P999), plot.Micros(r.Load.Lateness.Max)})
		}
	}
	return t, len(s.Runs) > 0
}

// late is from how many microseconds on a reader must know how late the
// generator itself was.
const late = 100

func mode(r *load.Result) string {
	if r.Rate > 0 {
		return "open " + plot.Number(r.Rate) + "/s"
	}
	return r.Mode
}

func figures(r *load.Result) []string {
	l := &r.Latency
	return []string{
		plot.Number(r.Throughput), strconv.FormatInt(r.Answered, 10), strconv.FormatInt(r.Failed+r.Unsent, 10),
		plot.Micros(l.P50), plot.Micros(l.P90), plot.Micros(l.P99), plot.Micros(l.P999), plot.Micros(l.Max),
	}
}

func kinds(s *result.Session) (section, bool) {
	t := section{"Kinds of requests", [][]string{{"request", "answered", "wrong", "p50", "p90", "p99", "max"}}}
	for _, r := range s.Runs {
		for _, k := range r.Load.Kinds {
			t.rows = append(t.rows, []string{k.Name, strconv.FormatInt(k.Answered, 10), strconv.FormatInt(k.Failed, 10),
				plot.Micros(k.Latency.P50), plot.Micros(k.Latency.P90), plot.Micros(k.Latency.P99), plot.Micros(k.Latency.Max)})
		}
	}
	return t, len(t.rows) > 1
}

func ladder(s *result.Session) (section, bool) {
	if s.Ladder == nil {
		return section{}, false
	}
	t := section{"The highest rate with " + s.Ladder.Bound + " is " + plot.Number(s.Ladder.Highest) + "/s",
		[][]string{{"rate", "answered/s", "p50", "p99", "max", "holds"}}}
	for _, p := range s.Ladder.Steps {
		holds := "yes"
		if p.Broke != "" {
			holds = "no: " + p.Broke
		}
		t.rows = append(t.rows, []string{plot.Number(p.Rate), plot.Number(p.Throughput), plot.Micros(p.Latency.P50), plot.Micros(p.Latency.P99),
			plot.Micros(p.Latency.Max), holds})
	}
	return t, true
}

func rounds(s *result.Session) (section, bool) {
	if s.Compare == nil {
		return section{}, false
	}
	t := section{"Medians of the rounds, in alternation", [][]string{{"target", "version", "rounds", "req/s", "wrong", "p50", "p99", "max", "generator late, p99"}}}
	for _, g := range s.Compare.Targets {
		t.rows = append(t.rows, []string{
			g.Name, g.Version, strconv.Itoa(len(g.Rounds)),
			plot.Number(median(g, func(r *load.Result) float64 { return r.Throughput })),
			plot.Number(median(g, func(r *load.Result) float64 { return float64(r.Failed + r.Unsent) })),
			plot.Micros(median(g, func(r *load.Result) float64 { return r.Latency.P50 })),
			plot.Micros(median(g, func(r *load.Result) float64 { return r.Latency.P99 })),
			plot.Micros(median(g, func(r *load.Result) float64 { return r.Latency.Max })),
			lateness(g),
		})
	}
	return t, true
}

// lateness is how late the generator itself was; closed load has none.
func lateness(t result.Target) string {
	if len(t.Rounds) == 0 || t.Rounds[0].Lateness == nil {
		return "–"
	}
	return plot.Micros(median(t, func(r *load.Result) float64 { return r.Lateness.P99 }))
}

func median(t result.Target, figure func(*load.Result) float64) float64 {
	values := make([]float64, 0, len(t.Rounds))
	for _, r := range t.Rounds {
		values = append(values, figure(r))
	}
	return result.Median(values)
}

func pairs(s *result.Session) (section, bool) {
	if s.Compare == nil || len(s.Compare.Pairs) == 0 {
		return section{}, false
	}
	t := section{"Ratios, median (least … most) of the rounds", [][]string{{"pair", "req/s", "p50", "p99"}}}
	for _, p := range s.Compare.Pairs {
		t.rows = append(t.rows, []string{p.Target + " / " + p.Against, spread(p.Throughput), spread(p.P50), spread(p.P99)})
	}
	return t, true
}

func spread(s result.Spread) string {
	return fmt.Sprintf("%.3f (%.3f … %.3f)", s.Median, s.Min, s.Max)
}

func cells(s *result.Session) (section, bool) {
	if len(s.Cells) == 0 {
		return section{}, false
	}
	t := section{"Growth", [][]string{{s.Cells[0].Axis, "asks for", "deploy", "memory", "req/s", "against one", "wrong", "p50", "p99", "first call"}}}
	for _, c := range s.Cells {
		t.rows = append(t.rows, []string{strconv.Itoa(c.Size), c.Asks, fmt.Sprintf("%.2f s", c.Deploy), plot.Bytes(float64(c.Memory)),
			plot.Number(c.Throughput), against(c.Ratio), strconv.FormatInt(c.Failed, 10), plot.Micros(c.P50), plot.Micros(c.P99), first(c.First)})
	}
	return t, true
}

// against is a ratio, where there is one.
func against(s *result.Spread) string {
	if s == nil {
		return "–"
	}
	return spread(*s)
}

// first is the time of first calls, where they were timed.
func first(micros float64) string {
	if micros == 0 {
		return "–"
	}
	return plot.Micros(micros)
}

func calls(s *result.Session) (section, bool) {
	t := section{"Calls", [][]string{{"call", "times", "median", "least", "most"}}}
	for _, c := range s.Calls {
		t.rows = append(t.rows, []string{c.Kind, strconv.Itoa(c.Count), plot.Micros(c.Median), plot.Micros(c.Min), plot.Micros(c.Max)})
	}
	return t, len(s.Calls) > 0
}

func steps(s *result.Session) (section, bool) {
	t := section{"Where a call's time goes, by the server's own account", [][]string{{"target", "step", "times", "mean"}}}
	add := func(target string, steps []result.Step) {
		for _, p := range steps {
			t.rows = append(t.rows, []string{target, p.Name, strconv.FormatInt(p.Count, 10), plot.Micros(p.Mean)})
		}
	}
	if len(s.Runs) > 0 {
		add(s.Runs[0].Target, s.Steps)
	} else {
		add("", s.Steps)
	}
	if s.Compare != nil {
		for _, g := range s.Compare.Targets {
			add(g.Name, g.Steps)
		}
	}
	return t, len(t.rows) > 1
}
