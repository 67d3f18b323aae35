package runtime

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
