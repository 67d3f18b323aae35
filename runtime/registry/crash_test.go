package registry

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	goruntime "runtime"
	"strings"
	"testing"
)

// crashDir names the variable that turns the test binary into a process that
// deploys until it is killed.
const crashDir = "REGISTRY_TEST_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		fmt.Fprintln(os.Stderr, deployForever(dir, os.Stdout))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// deployForever deploys, rolls back and sweeps, and writes a line for each
// deploy that was acknowledged: app, version, module.
func deployForever(dir string, out io.Writer) error {
	ctx := context.Background()
	r, err := Open(ctx, Options{Dir: dir})
	if err != nil {
		return err
	}
	for {
		body := fmt.Sprintf("module %d %s", rand.Uint64(), strings.Repeat("x", rand.IntN(100_000)))
		m, err := r.StoreModule(ctx, strings.NewReader(body), 1<<20)
		if err != nil {
			return err
		}
		app := fmt.Sprint("app", rand.IntN(3))
		v, err := r.Deploy(ctx, Version{App: app, Manifest: []byte(body[:20]), Modules: map[string]string{"main": m.Digest}})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, app, v.Digest, m.Digest); err != nil {
			return err
		}
		if rand.IntN(4) == 0 {
			if _, err := r.Sweep(ctx); err != nil {
				return err
			}
		}
	}
}

// TestDeploy_survivesKill kills a deploying process again and again. Every
// deploy that it acknowledged is there afterwards, whole, and in order.
func TestDeploy_survivesKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes; not with -short")
	}
	dir := t.TempDir()
	var acknowledged []string
	for range 8 {
		acknowledged = append(acknowledged, killed(t, dir, 1+rand.IntN(20), rand.IntN(3000))...)
		wantAll(t, dir, acknowledged)
	}
	if len(acknowledged) < 8 {
		t.Errorf("only %d deploys were acknowledged", len(acknowledged))
	}
}

// killed starts a process that deploys in dir, kills it some turns after it
// acknowledged deploys, and returns all that it acknowledged.
func killed(t *testing.T, dir string, deploys, turns int) []string {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashDir+"="+dir)
	var complaint strings.Builder
	child.Stderr = &complaint
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
		if len(lines) == deploys {
			for range turns { // so that the kill meets every part of the next deploy
				goruntime.Gosched()
			}
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || len(lines) < deploys || complaint.Len() > 0 {
		t.Fatalf("the process ended after %d deploys, %v: %s", len(lines), err, complaint.String())
	}
	return lines
}

func wantAll(t *testing.T, dir string, acknowledged []string) {
	t.Helper()
	r, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	newest := map[string]string{}
	for _, line := range acknowledged {
		var app, version, module string
		if _, err := fmt.Sscan(line, &app, &version, &module); err != nil {
			t.Fatal(err)
		}
		newest[app] = version
		v, err := r.FindVersion(t.Context(), app, version)
		if err != nil || v.Modules["main"] != module || VersionDigest(v.Manifest, v.Modules) != version {
			t.Errorf("acknowledged %s, found %+v, %v", line, v, err)
		}
		if _, err := r.ReadModule(t.Context(), module); err != nil {
			t.Error(err)
		}
	}
	all, err := r.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		// A deploy may be whole though its acknowledgement was not sent: then
		// the one before it is the newest acknowledged.
		if want := newest[v.App]; want != "" && v.Digest != want && !unacknowledged(acknowledged, v.Digest) {
			t.Errorf("%s runs %s, the newest acknowledged is %s", v.App, v.Digest, want)
		}
	}
	var verdict string
	if err := r.write.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity: %s, %v", verdict, err)
	}
}

func unacknowledged(acknowledged []string, digest string) bool {
	for _, line := range acknowledged {
		if strings.Contains(line, digest) {
			return false
		}
	}
	return true
}
