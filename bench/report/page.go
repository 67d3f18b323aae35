package report

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"time"

	"github.com/postern-dev/postern/bench/load"
	"github.com/postern-dev/postern/bench/plot"
	"github.com/postern-dev/postern/bench/result"
)

//go:embed page.html
var pageText string

// page is what the template is given.
type page struct {
	Session  *result.Session
	Started  string
	Sections []pageSection
	Charts   []pageChart
	Problem  string
}

type pageSection struct {
	Title string
	Head  []string
	Rows  [][]string
}

type pageChart struct {
	Title  string
	Legend []plot.Line
	SVG    template.HTML
}

// Page writes a session as one HTML page that needs nothing else: no script,
// nothing from a network. It follows the browser's choice of light or dark.
func Page(w io.Writer, s *result.Session) error {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return err
	}
	p := page{Session: s, Started: s.Started.UTC().Format(time.DateTime) + " UTC", Problem: s.Problem()}
	for _, section := range sections(s) {
		p.Sections = append(p.Sections, pageSection{section.title, section.rows[0], section.rows[1:]})
	}
	for _, c := range charts(s) {
		// The drawing escapes what it is given.
		p.Charts = append(p.Charts, pageChart{c.Title, c.Lines, template.HTML(c.SVG())})
	}
	return t.Execute(w, p)
}

// inOrder are the steps of a ladder by their rates.
func inOrder(steps []load.Step) []load.Step {
	return slices.SortedStableFunc(slices.Values(steps), func(a, b load.Step) int {
		switch {
		case a.Rate < b.Rate:
			return -1
		case a.Rate > b.Rate:
			return 1
		}
		return 0
	})
}
