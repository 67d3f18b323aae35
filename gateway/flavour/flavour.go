// Package flavour says what a flavour is: one cloud's face to clients. A
// flavour is a row of functions, not a framework; the shape of events and
// replies is not its business but its dialect's.
package flavour

import (
	"errors"
	"time"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/route"
)

// ErrMethod is the cause of a NotFound fault when the path has a route but not
// for the request's method.
var ErrMethod = errors.New("no route for this method")

// Flavour is one cloud's face to clients. All fields are set; the functions are
// pure and safe for concurrent use.
type Flavour struct {
	// Name is what a manifest calls it.
	Name string

	// Match reads a path of a manifest: what its addresses mean.
	Match func(path string) (route.Pattern, error)

	// Admit decides whether the request may cause a call, before any event is
	// made. It returns nil or a fault.
	Admit func(r *dialect.Route, req *abi.Request) error

	// Dialect makes the route's dialect.
	Dialect func(r dialect.Route) (dialect.Dialect, error)

	// Refuse writes the cloud's answer for a fault into res, which is empty.
	Refuse func(res *abi.Response, req *abi.Request, f *fault.Error)

	// Compressed are the media types of bodies that are compressed for clients
	// which take gzip; nil for none.
	Compressed []string

	// Stage and Payload are what a manifest that says nothing means: the name
	// of the environment, and the version of the event's format ("" when the
	// dialect has but one).
	Stage, Payload string

	// Policy is the patience of routes whose manifest says nothing.
	Policy Policy
}

// Policy is what a flavour lets a client expect.
type Policy struct {
	Attempts int
	Patience time.Duration
	RunLimit time.Duration
}

// ThreeOfSixty is the policy of every flavour that has none of its own yet:
// three attempts of 60 s, then a timeout; a run lives 300 s at most.
func ThreeOfSixty() Policy {
	return Policy{Attempts: 3, Patience: time.Minute, RunLimit: 5 * time.Minute}
}
