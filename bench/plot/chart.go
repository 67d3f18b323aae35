// Package plot draws line charts as SVG, with no script and nothing from
// outside: axes, lines, points that tell their values. It knows nothing of what
// the numbers mean.
package plot

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Chart is lines over a common pair of axes. Colours come from the page's
// style: the classes c0 to c7 for lines, grid, axis and label for the rest.
type Chart struct {
	Title string
	X, Y  Axis
	Lines []Line
}

// Axis is one direction of a chart.
type Axis struct {
	Label  string
	Scale  Scale
	Zero   bool                 // a linear axis begins at 0
	Whole  bool                 // a linear axis has marks at whole numbers only
	Format func(float64) string // of its marks and of the points' values; nil is a plain number
}

// Line is one series of points, from left to right.
type Line struct {
	Name   string
	Class  int // which colour
	Points []Point
}

// Point is one value.
type Point struct{ X, Y float64 }

// Measures of a drawing, in its own units.
const (
	width, height            = 560.0, 280.0
	left, right, top, bottom = 80.0, 18.0, 12.0, 46.0
	maxDots                  = 80 // points of a line beyond which they aren't marked
	classes                  = 8
)

// SVG draws the chart. A chart without a point says so.
func (c *Chart) SVG() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, width, height, html.EscapeString(c.Title))
	xs, ys := c.ranges()
	if xs.empty() || ys.empty() {
		fmt.Fprintf(&b, `<text class="label" x="%g" y="%g" text-anchor="middle">nothing was measured</text></svg>`, width/2, height/2)
		return b.String()
	}
	x := newScaling(c.X, xs, left, width-right)
	y := newScaling(c.Y, ys, height-bottom, top)
	c.drawGrid(&b, x, y)
	for _, l := range c.Lines {
		drawLine(&b, c, l, x, y)
	}
	b.WriteString("</svg>")
	return b.String()
}

// ranges are the extremes of all points that can be drawn.
func (c *Chart) ranges() (xs, ys extent) {
	xs, ys = nothing(), nothing()
	for _, l := range c.Lines {
		for _, p := range l.Points {
			if c.X.draws(p.X) && c.Y.draws(p.Y) {
				xs.include(p.X)
				ys.include(p.Y)
			}
		}
	}
	return xs, ys
}

func (c *Chart) drawGrid(b *strings.Builder, x, y *scaling) {
	for _, v := range y.marks() {
		at := y.place(v)
		fmt.Fprintf(b, `<line class="grid" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/>`, left, width-right, at, at)
		fmt.Fprintf(b, `<text class="label" x="%g" y="%.1f" text-anchor="end">%s</text>`, left-8, at+4, html.EscapeString(c.Y.format(v)))
	}
	for _, v := range x.marks() {
		at := x.place(v)
		fmt.Fprintf(b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%g" y2="%g"/>`, at, at, top, height-bottom)
		fmt.Fprintf(b, `<text class="label" x="%.1f" y="%g" text-anchor="middle">%s</text>`, at, height-bottom+17, html.EscapeString(c.X.format(v)))
	}
	fmt.Fprintf(b, `<line class="axis" x1="%g" x2="%g" y1="%g" y2="%g"/>`, left, width-right, height-bottom, height-bottom)
	fmt.Fprintf(b, `<text class="label" x="%g" y="%g" text-anchor="middle">%s</text>`, (left+width-right)/2, height-6, html.EscapeString(c.X.Label))
	fmt.Fprintf(b, `<text class="label" transform="translate(12 %g) rotate(-90)" text-anchor="middle">%s</text>`, (top+height-bottom)/2, html.EscapeString(c.Y.Label))
}

func drawLine(b *strings.Builder, c *Chart, l Line, x, y *scaling) {
	class := fmt.Sprintf("c%d", l.Class%classes)
	var path strings.Builder
	drawn := 0
	for _, p := range l.Points {
		if c.X.draws(p.X) && c.Y.draws(p.Y) {
			fmt.Fprintf(&path, "%.1f,%.1f ", x.place(p.X), y.place(p.Y))
			drawn++
		}
	}
	fmt.Fprintf(b, `<polyline class="line %s" points="%s"/>`, class, strings.TrimSpace(path.String()))
	if drawn > maxDots {
		return
	}
	for _, p := range l.Points {
		if c.X.draws(p.X) && c.Y.draws(p.Y) {
			fmt.Fprintf(b, `<circle class="dot %s" cx="%.1f" cy="%.1f" r="3"><title>%s</title></circle>`, class, x.place(p.X), y.place(p.Y),
				html.EscapeString(strings.TrimSpace(l.Name+" "+c.Y.format(p.Y)+" at "+c.X.format(p.X))))
		}
	}
}

func (a *Axis) format(v float64) string {
	if a.Format != nil {
		return a.Format(v)
	}
	return Number(v)
}

// draws reports whether the axis has a place for v.
func (a *Axis) draws(v float64) bool {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return false
	}
	return a.Scale != Log || v > 0
}
