//go:build !linux

package runtime

import "math"

// mappings is how many mappings there are for functions: no limit is known here.
func mappings() int { return math.MaxInt32 }
