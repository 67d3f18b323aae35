package registry

import "github.com/postern-dev/postern/abi/fault"

// inUse is the fault of a lock that another process holds.
func inUse(err error) error {
	return fault.Wrap(fault.Conflict, err, "another server has this data directory open").
		WithHint("stop the other server, or give this one a data directory of its own")
}
