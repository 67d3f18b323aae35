package lite

import (
	"math/rand/v2"
	"unsafe"
)

// shared is the generator of the only thread that there is.
var shared = findGenerator(currentThread(), maxThread, rand.Uint64)

// currentThread returns the address of the runtime's structure of the thread.
func currentThread() unsafe.Pointer
