package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	goruntime "runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/gateway/config"
)

// footprint is what the process holds.
type footprint struct {
	goroutines, files, mappings int
	resident                    int64 // bytes
}

func measure(t *testing.T) footprint {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	debug.FreeOSMemory()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("what the process holds can't be seen here:", err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return footprint{goruntime.NumGoroutine(), len(files), bytes.Count(maps, []byte{'\n'}), pages * int64(os.Getpagesize())}
}

// hustle deploys, calls, rolls back, kills and runs into limits.
func hustle(t *testing.T, n *node, rounds int) {
	t.Helper()
	url := "http://" + n.gatewayAddr + "/"
	for i := range rounds {
		modules := [][]byte{abitest.Hello(), abitest.Counter(), abitest.TrapAfter(3), abitest.GrowBy(16)}
		mustDeploy(t, n, appOf("busy", fmt.Sprintf("concurrency = 8\nbacklog = 100\nenvironment = { N = \"%d\" }", i)), modules[i%len(modules)])
		var clients sync.WaitGroup
		for range 8 {
			clients.Go(func() {
				for range 20 {
					if _, err := try(t.Context(), http.MethodGet, url, nil, nil); err != nil {
						t.Error(err)
					}
				}
			})
		}
		clients.Wait()
		if i%5 == 0 {
			mustDeploy(t, n, appOf("busy", "run_limit = \"30ms\"\npatience = \"10ms\"\nattempts = 2"), abitest.Spin())
			get(t, n, "/")
			gone, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			_, _ = try(gone, http.MethodGet, url, nil, nil) // a client that leaves
			cancel()
		}
		if i%7 == 0 {
			if err := n.apps.Delete(t.Context(), "busy"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(n.apps.Apps()) > 0 {
		if err := n.apps.Delete(t.Context(), "busy"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNode_leaksNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("makes thousands of calls")
	}
	before := measure(t)
	conf := config.Default()
	conf.Gateway.Listen, conf.Admin.Listen, conf.Data.Dir = "127.0.0.1:0", "127.0.0.1:0", t.TempDir()
	n, err := startNode(t.Context(), conf, serverLog{Logger: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	hustle(t, n, 10)
	comeToRest(t, n)
	base := measure(t)
	hustle(t, n, 40)
	comeToRest(t, n)
	after := measure(t)
	// Some goroutines and connections of both sides may be about to end.
	for end := time.Now().Add(20 * time.Second); after.goroutines > base.goroutines+10 && time.Now().Before(end); after = measure(t) {
		time.Sleep(100 * time.Millisecond) // idle workers and connections go when the real clock says so
	}
	t.Logf("at the start %+v, warm %+v, after thousands of calls %+v", before, base, after)
	if after.goroutines > base.goroutines+10 || after.files > base.files+10 || after.mappings > base.mappings+40 {
		t.Errorf("the process held %+v and holds %+v", base, after)
	}
	if grown := after.resident - base.resident; grown > 48<<20 {
		t.Errorf("the process grew by %d MB", grown>>20)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	closed := measure(t)
	t.Logf("closed %+v", closed)
	if closed.goroutines > before.goroutines+5 || closed.files > before.files+5 {
		t.Errorf("the process held %+v before the node and holds %+v after it", before, closed)
	}
}

// comeToRest waits for late runs and for instances that go.
func comeToRest(t *testing.T, n *node) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for quiet := 0; quiet < 20; {
		if time.Now().After(deadline) {
			t.Fatal("the node does not come to rest")
		}
		time.Sleep(10 * time.Millisecond) // what is waited for are the kernel's and the clients' goroutines
		if running, queued := n.apps.Table().Load("busy", "f"); running+queued == 0 {
			quiet++
		}
	}
}
