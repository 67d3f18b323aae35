//go:build !linux

package target

import "os"

// openLog returns an empty log, a file in dir.
func openLog(dir, name string) (*os.File, error) { return openLogFile(dir, name) }
