//go:build !unix

package runtime

import "math"

// descriptors is how many functions may hold one: images hold none here.
func descriptors() int { return math.MaxInt32 }
