package runtime

import "github.com/postern-dev/postern/runtime/internal/wasm"

// Guess is two requests that a client may send to a route. They differ in all
// that clients choose, so that what a function keeps of the first one shows
// when it answers the second.
type Guess struct {
	Name          string // of the first, for people: "GET /greet/sample"
	First, Second Sample
}

// guess returns what makes requests to prime with, or nil.
func (f *Function) guess() func() []wasm.Guess {
	if f.Spec.Guess == nil {
		return nil
	}
	return func() (guesses []wasm.Guess) {
		for _, g := range f.Spec.Guess() {
			guesses = append(guesses, wasm.Guess{Name: g.Name, First: wasm.Sample(g.First), Second: wasm.Sample(g.Second)})
		}
		return guesses
	}
}
