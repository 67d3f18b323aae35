//go:build unix

package runtime

import (
	"math"
	"syscall"
)

// maxLoaded is how many functions may be loaded at once: the image of each holds
// a descriptor, and half of them are left to connections and files.
func maxLoaded() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > math.MaxInt32 {
		return math.MaxInt32
	}
	return max(int(limit.Cur)/2, 1)
}
