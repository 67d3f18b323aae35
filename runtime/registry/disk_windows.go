package registry

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// takeLock locks the file called name until it is closed or the process ends.
func takeLock(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, diskFault(err, "open lock file")
	}
	const exclusive = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err = windows.LockFileEx(windows.Handle(f.Fd()), exclusive, 0, 1, 0, new(windows.Overlapped))
	if err != nil {
		f.Close()
		if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
			return nil, inUse(err)
		}
		return nil, diskFault(err, "lock data directory")
	}
	return f, nil
}

// syncDir does nothing: the file system journals names, and directories can't
// be synced.
func syncDir(string) error { return nil }

// isFull reports whether err says that there is no room.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, windows.ERROR_DISK_FULL) ||
		errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}
