package registry

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/postern-dev/postern/abi/fault"
)

// smallDisk returns a directory on a disk of its own of two megabytes.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skip("a small disk can't be mounted here:", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all the room that is left and returns what gives it back.
func fill(t *testing.T, dir string) (empty func()) {
	t.Helper()
	name := filepath.Join(dir, "ballast")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for piece := make([]byte, 4096); ; {
		if _, err := f.Write(piece); errors.Is(err, unix.ENOSPC) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

func wantFull(t *testing.T, act string, err error) {
	t.Helper()
	if fault.CodeOf(err) != fault.DiskFull || fault.Of(err).Hint == "" {
		t.Errorf("%s: err = %v, want %s with a hint", act, err, fault.DiskFull)
	}
}

func TestRegistry_outlivesAFullDisk(t *testing.T) {
	dir := smallDisk(t)
	r := mustOpen(t, Default(filepath.Join(dir, "data")), disk{})
	digest, loose := mustStore(t, r, "body"), mustStore(t, r, "loose")
	longAgo := time.Now().Add(-24 * time.Hour)
	if err := os.Chtimes(r.path(loose), longAgo, longAgo); err != nil {
		t.Fatal(err)
	}
	kept := mustDeploy(t, r, "shop", "kept", digest)
	large := Version{
		App: "shop", Manifest: []byte(strings.Repeat("# large\n", 50_000)), Modules: map[string]string{"main": digest},
	}

	_, err := r.StoreModule(t.Context(), strings.NewReader(strings.Repeat("x", 4<<20)), 8<<20)
	wantFull(t, "store a module larger than the disk", err)
	empty := fill(t, dir)
	_, err = r.StoreModule(t.Context(), strings.NewReader("small"), 100)
	wantFull(t, "store a small one", err)
	_, err = r.Deploy(t.Context(), large)
	wantFull(t, "deploy", err)

	all, err := r.Current(t.Context())
	if err != nil || len(all) != 1 || all[0].Digest != kept.Digest {
		t.Errorf("current is %+v, %v", all, err)
	}
	if body, err := r.ReadModule(t.Context(), digest); err != nil || string(body) != "body" {
		t.Errorf("read %q, %v", body, err)
	}
	if entries, err := os.ReadDir(r.modules); err != nil || len(entries) != 2 {
		t.Errorf("%d files, %v; want the two modules alone", len(entries), err)
	}

	// What no version names can go, which is how the disk becomes less full.
	if removed, err := r.Sweep(t.Context()); removed != 1 {
		t.Errorf("swept %d modules, %v; want the loose one", removed, err)
	}

	empty()
	if _, err := r.Deploy(t.Context(), large); err != nil {
		t.Errorf("retry: %v", err)
	}
	mustStore(t, r, "small")
}

func TestOpen_saysThatTheDiskIsFull(t *testing.T) {
	dir := smallDisk(t)
	empty := fill(t, dir)
	_, err := Open(t.Context(), Default(filepath.Join(dir, "data")))
	wantFull(t, "open", err)
	empty()
	mustOpen(t, Default(filepath.Join(dir, "data")), disk{})
}
