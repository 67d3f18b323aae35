package target

import (
	"errors"
	"io"
	"os"
)

// openLogFile is openLog for a log on the disk.
func openLogFile(dir, name string) (*os.File, error) {
	log, err := os.CreateTemp(dir, name+"-*.log")
	if err != nil {
		return nil, err
	}
	return reopen(log.Name(), log)
}

// reopen opens a log for appending, which is what lets it be emptied under the
// child, and closes what it was made with. After an error neither is open.
func reopen(name string, made io.Closer) (*os.File, error) {
	log, err := os.OpenFile(name, os.O_APPEND|os.O_RDWR, 0)
	if err != nil {
		return nil, errors.Join(err, made.Close())
	}
	if err := made.Close(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return log, nil
}
