package runtime

import (
	"time"
)

// Isolation says what a call may see of the calls before it.
type Isolation string

// The two kinds of isolation.
const (
	Clean Isolation = "clean" // nothing: memory and globals are put back before every call
	Warm  Isolation = "warm"  // whatever the function left in memory
)

// Policy is what a client may expect of a call.
type Policy struct {
	Attempts int           // at least 1
	Patience time.Duration // the wait per attempt, above 0
}

// Sample is an event with its context, called while a function is primed.
type Sample struct {
	Event, Context []byte
}

// Spec says what a function is and what it may use. It is read-only once it
// was given to an engine.
type Spec struct {
	App, Function string
	Version       string        // digest of the app's version
	Module        string        // digest of the module's bytes
	Memory        uint64        // bytes of linear memory it may have
	RunLimit      time.Duration // the life of a run
	CPU           time.Duration // CPU that one run may spend; see [UnitsPerSecond]
	Concurrency   int           // slots
	Backlog       int           // calls that may wait for a slot
	Isolation     Isolation
	Environment   []string // "NAME=value", sorted
	Prime         []Sample // events to prime with

	// Guess makes requests to prime with when Prime has none. It is called
	// whenever the function is loaded; nil for a function that is not to be
	// primed with anything made up.
	Guess func() []Guess
}

// UnitsPerSecond turns a CPU budget into units of the meter. A unit is about
// one instruction of wasm; a core runs about as many in a second. The budget is
// counted in units so that the same work always costs the same.
const UnitsPerSecond = 1_000_000_000
