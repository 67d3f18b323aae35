package target

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// openLog returns an empty log, which is in memory: a server that is measured
// writes some megabytes a second, and the disk is not what is measured. A kernel
// that refuses gets a file in dir.
func openLog(dir, name string) (*os.File, error) {
	if fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC); err == nil {
		if log, err := reopen(fmt.Sprintf("/proc/self/fd/%d", fd), os.NewFile(uintptr(fd), name)); err == nil {
			return log, nil
		}
	}
	return openLogFile(dir, name)
}
