//go:build unix

package runtime

import (
	"math"
	"syscall"
)

// descriptors is how many functions may hold one: half of them are left to
// connections and files.
func descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > math.MaxInt32 {
		return math.MaxInt32
	}
	return max(int(limit.Cur)/2, 1)
}
