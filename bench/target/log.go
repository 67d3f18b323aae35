package target

import (
	"errors"
	"os"
)

// openLogFile is openLog for a log on the disk.
func openLogFile(dir, name string) (*os.File, error) {
	log, err := os.CreateTemp(dir, name+"-*.log")
	if err != nil {
		return nil, err
	}
	appending, err := appendTo(log.Name())
	return appending, errors.Join(err, log.Close())
}

// appendTo opens a log: appending is what lets it be emptied under the child.
func appendTo(name string) (*os.File, error) { return os.OpenFile(name, os.O_APPEND|os.O_RDWR, 0) }
