package target

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// closing is what can be closed, or says that it can't.
type closing struct{ err error }

func (c closing) Close() error { return c.err }

func TestReopen_leavesNothingOpenAfterAnError(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(all)
	}
	before := open()
	full := errors.New("the disk is full")
	if log, err := reopen(name, closing{full}); log != nil || !errors.Is(err, full) {
		t.Errorf("got %v, %v, want the error of closing", log, err)
	}
	if log, err := reopen(name+" that is not there", closing{full}); log != nil || !errors.Is(err, full) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, %v, want both errors", log, err)
	}
	if after := open(); after != before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
	log, err := reopen(name, closing{})
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Error(err)
	}
}
