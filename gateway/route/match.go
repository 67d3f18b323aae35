package route

import "github.com/postern-dev/postern/abi"

// Match is the result of a look-up, and room for the next one. It belongs to
// one goroutine at a time and is valid until the next look-up.
type Match[T any] struct {
	App     string  // name of the app; set unless the outcome is NoHost
	Claim   string  // why this app: "host a.example", "prefix /a" or "every host"
	Pattern Pattern // of the rule, when it is found
	Target  T       // of the rule, when it is found
	RawPath []byte  // what follows the app's prefix; part of the argument
	Path    []byte  // what follows the app's prefix; part of the argument

	// Params is where Find appends the rule's variables, in the order of the
	// path and fully decoded. A value is part of the path that Find was given,
	// or newly allocated where it held %2F or %25.
	Params []abi.Param
	// Allow holds, when the outcome is NoMethod, the methods that the path
	// would accept.
	Allow []string

	search search
	host   []byte
}

// Outcome says how far a look-up came.
type Outcome uint8

// Outcomes of Find.
const (
	NoHost   Outcome = iota // no app claims the request
	NoPath                  // the app has no rule for the path
	NoMethod                // the app has rules for the path, none for the method
	Found
)

// String returns the outcome in words.
func (o Outcome) String() string {
	return [...]string{"no app", "no path", "no method", "found"}[o]
}
