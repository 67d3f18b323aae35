package meter

import (
	"bytes"
	"cmp"
	"slices"
	"time"
)

// Step is a part of a request's way through the gateway that is timed: what it
// takes beside the queue, the run and the reset, which are the function's.
type Step uint8

// The steps, in their order.
const (
	Parse Step = iota // check and copy the request
	Route             // find the function
	Admit             // ask the app's flavour whether the client may
	Event             // make the event
	Reply             // read the function's reply
	Write             // make the response of it
	steps
)

// String is the step's name in series.
func (s Step) String() string {
	return [steps]string{"parse", "route", "admit", "event", "reply", "write"}[s]
}

// stepShard is the steps on one processor.
type stepShard [steps]tally

// Step observes how long a step took. Reading the clock between all steps costs
// more than some of them do, so it is enough to do it for some requests.
func (m *Meter) Step(near uint32, s Step, took time.Duration) {
	m.steps.of(near)[s].observe(m.stepBounds, took)
}

// appendSteps writes the series of all steps, by their labels. They belong to no
// function.
func (m *Meter) appendSteps(b *bytes.Buffer, name string, _ []*series) {
	var all [steps]Step
	for s := range steps {
		all[s] = s
	}
	slices.SortFunc(all[:], func(a, b Step) int { return cmp.Compare(a.String(), b.String()) })
	for _, s := range all {
		h := m.steps.histogram(m.stepBounds, func(one *stepShard) *tally { return &one[s] })
		h.appendTo(b, name, labels("step", s.String()))
	}
}
