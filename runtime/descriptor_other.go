//go:build !unix

package runtime

import "math"

// maxLoaded is how many functions may be loaded at once: images hold no
// descriptors here.
func maxLoaded() int { return math.MaxInt32 }
