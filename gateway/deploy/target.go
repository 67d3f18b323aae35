package deploy

import (
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/gateway/flavour"
	"github.com/postern-dev/postern/runtime"
)

// Target is where a route leads: all that the gateway must know to turn a
// matching request into a call and its reply into an answer. It is immutable.
type Target struct {
	Version  string // digest of the app's version
	Flavour  *flavour.Flavour
	Methods  []string // that the route takes; nil for all
	Route    dialect.Route
	Dialect  dialect.Dialect
	Function *runtime.Function
	Policy   runtime.Policy

	LogFields string // what the access log says of it: members of a JSON object
}
