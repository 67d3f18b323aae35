package admin

import (
	"errors"
	"io/fs"
	"net/http"
	"syscall"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
)

func TestStatus_isKnownForEveryCode(t *testing.T) {
	table := statuses()
	for _, code := range fault.Codes() {
		if status, ok := table[code]; !ok || status < 400 || http.StatusText(status) == "" {
			t.Errorf("%s has status %d", code, status)
		}
		delete(table, code)
	}
	for code := range table {
		t.Errorf("%s has a status and is no code", code)
	}
}

func TestStoring_namesFullDisk(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		got := fault.CodeOf(storing(&fs.PathError{Op: "write", Path: "x", Err: cause}))
		if got != fault.DiskFull || statusOf(got) != http.StatusInsufficientStorage {
			t.Errorf("%v has code %s", cause, got)
		}
	}
	if got := fault.CodeOf(storing(&fs.PathError{Op: "write", Path: "x", Err: syscall.EIO})); got != fault.Internal {
		t.Errorf("another error of the disk has code %s", got)
	}
	other := errors.New("other")
	if got := storing(other); got != other {
		t.Errorf("an error that is not the disk's became %v", got)
	}
}
