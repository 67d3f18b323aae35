package journal

import "slices"

// lineBytes is what a line without text is counted as: about its own size.
const lineBytes = 224

// ring is the last lines of one app.
//
// Invariant: lines[start], lines[start+1], … wrap around, count of them are
// used, and bytes is what they weigh. The slice grows up to the bound of lines
// and is then used in circles.
type ring struct {
	lines        []Line
	start, count int
	bytes        int
}

// push adds a line and lets the oldest go until both bounds hold. The newest
// line stays even when it alone is heavier than the bound.
func (r *ring) push(line *Line, maxLines, maxBytes int) {
	weight := weigh(line)
	for r.count > 0 && (r.count >= maxLines || r.bytes+weight > maxBytes) {
		r.pop()
	}
	if r.count == len(r.lines) {
		r.grow(min(max(16, 2*r.count), maxLines))
	}
	*r.at(r.count) = *line
	r.count++
	r.bytes += weight
}

func (r *ring) pop() {
	oldest := &r.lines[r.start]
	r.bytes -= weigh(oldest)
	*oldest = Line{} // let go of its strings
	if r.start++; r.start == len(r.lines) {
		r.start = 0
	}
	r.count--
}

func (r *ring) grow(size int) {
	grown := make([]Line, size)
	for i := range r.count {
		grown[i] = *r.at(i)
	}
	r.lines, r.start = grown, 0
}

// at returns the line that has i older ones.
func (r *ring) at(i int) *Line {
	if i += r.start; i >= len(r.lines) {
		i -= len(r.lines)
	}
	return &r.lines[i]
}

// newest returns up to n of the newest lines, the oldest of them first; with a
// function only that function's.
func (r *ring) newest(function string, n int) []Line {
	var found []Line
	for i := r.count - 1; i >= 0 && len(found) < n; i-- {
		if line := r.at(i); function == "" || line.Function == function {
			found = append(found, line.read())
		}
	}
	slices.Reverse(found)
	return found
}

func weigh(l *Line) int {
	return lineBytes + len(l.App) + len(l.Function) + len(l.Version) + len(l.RequestID) + len(l.TraceID) + len(l.Text)
}
