package runtime

import (
	"errors"
	"syscall"

	"github.com/postern-dev/postern/abi/fault"
)

// What functions take of the mappings that the system gives a process. Where
// there are no more, an instance can't be made, and Go's heap can't grow.
const (
	mappingsPerInstance = 2 // the addresses reserved for its memory, and the image in them
	mappingsPerLoaded   = 2 // its image, and its native code
)

// MaxInstances returns how many instances the system has room for beside the
// functions that they belong to, memory aside.
func MaxInstances() int { return instancesIn(mappings()) }

// Half of the mappings are for instances and half for functions.
func instancesIn(mappings int) int { return max(mappings/2/mappingsPerInstance, 1) }

func loadedIn(mappings int) int { return max(mappings/2/mappingsPerLoaded, 1) }

// maxLoaded is how many functions may be loaded at once.
func maxLoaded() int { return min(loadedIn(mappings()), descriptors()) }

// ofSystem turns an error that says that the system gave no more mappings, or no
// more memory, into a fault that says for what. It returns all others as they
// are, faults as well: they know what they come of.
func ofSystem(err error, what string) error {
	if fault.CodeOf(err) != fault.Internal || !errors.Is(err, syscall.ENOMEM) {
		return err
	}
	return fault.Wrap(fault.Busy, err, "the system has no room for another %s", what).
		WithHint("lower engine.instances, or raise vm.max_map_count or the process's limit of addresses")
}
