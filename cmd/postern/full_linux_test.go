package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/config"
)

// fillDisk takes all the room of a disk and returns what gives it back.
func fillDisk(t *testing.T, dir string) (empty func()) {
	t.Helper()
	name := filepath.Join(dir, "ballast")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for piece := make([]byte, 4096); err == nil; {
		_, err = f.Write(piece)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNode_saysThatTheDiskIsFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skip("a small disk can't be mounted here:", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	n := startTestNode(t, func(c *config.Server) { c.Data.Dir = dir })
	mustDeploy(t, n, appOf("hello", ""), abitest.Hello())
	version := n.apps.Apps()[0].Version
	empty := fillDisk(t, dir)
	for i := range 5 {
		other := abitest.Reply(fmt.Sprintf(`{"statusCode":200,"body":"version %d"}`, i))
		a := upload(t, n, zipOf(t, appOf("hello", ""), other))
		got := refusalOf(t, a)
		if a.status != 507 || got.Code != fault.DiskFull || got.Hint == "" {
			t.Errorf("on a full disk a deploy gets %d %+v", a.status, got)
		}
		if a := get(t, n, "/"); a.status != http.StatusOK || a.body != "hello world" {
			t.Errorf("the old version answers %d %q", a.status, a.body)
		}
	}
	if got := n.apps.Apps()[0].Version; got != version {
		t.Errorf("version %s is in service, want %s", got, version)
	}
	empty()
	mustDeploy(t, n, appOf("hello", ""), abitest.Reply(`{"statusCode":200,"body":"with room"}`))
	if a := get(t, n, "/"); a.body != "with room" {
		t.Errorf("with room again the answer is %d %q", a.status, a.body)
	}
}
