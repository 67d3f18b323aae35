// Package spread says in how many places something is kept that all processors
// write to, so that each mostly writes to one of its own. It keeps nothing
// itself, and does not know which processor it is on: callers bring a number
// that those on one processor mostly share, and take the place that is the
// rest of dividing it by how many there are.
package spread

import "runtime"

// maxPlaces bounds what is kept on a machine with very many processors.
const maxPlaces = 16

// Places returns how many places there are: two for each processor, since the
// numbers of two processors may have the same rest.
func Places() int { return min(2*runtime.GOMAXPROCS(0), maxPlaces) }
