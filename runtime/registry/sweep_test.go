package registry

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSweep_leavesWhatIsYoung(t *testing.T) {
	r := mustOpen(t, Options{Dir: t.TempDir(), SweepGrace: time.Hour}, disk{})
	old, young := mustStore(t, r, "old"), mustStore(t, r, "young")
	again := mustStore(t, r, "stored again")
	longAgo := time.Now().Add(-61 * time.Minute)
	for _, digest := range []string{old, again} {
		if err := os.Chtimes(r.path(digest), longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
	}
	mustStore(t, r, "stored again")
	removed, err := r.Sweep(t.Context())
	if err != nil || removed != 1 {
		t.Errorf("removed %d, %v; want the old one", removed, err)
	}
	if _, err := os.Stat(r.path(old)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old one: %v", err)
	}
	for _, digest := range []string{young, again} {
		if _, err := os.Stat(r.path(digest)); err != nil {
			t.Error(err)
		}
	}
}

func TestSweep_leavesFilesThatAreNoModules(t *testing.T) {
	r := mustOpen(t, Options{Dir: t.TempDir()}, disk{})
	name := filepath.Join(r.modules, "README")
	if err := os.WriteFile(name, []byte("not ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	if removed, err := r.Sweep(t.Context()); err != nil || removed != 0 {
		t.Errorf("removed %d, %v", removed, err)
	}
	if _, err := os.Stat(name); err != nil {
		t.Error(err)
	}
}
