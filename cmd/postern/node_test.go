package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/config"
)

func TestNode_runsAFunction(t *testing.T) {
	n := startTestNode(t, nil)
	if a := upload(t, n, zipOf(t, appOf("hello", ""), abitest.Hello())); a.status != http.StatusOK {
		t.Fatalf("deploy answered %d: %s", a.status, a.body)
	}
	a := get(t, n, "/")
	if a.status != 200 || a.body != "hello world" || a.header.Get("Content-Type") != "text/plain" {
		t.Fatalf("got %d %q %v", a.status, a.body, a.header)
	}
	if a.header.Get("X-Request-Id") == "" {
		t.Error("the answer has no X-Request-Id")
	}
}

func TestNode_startsWithWhatWasDeployed(t *testing.T) {
	dir := t.TempDir()
	use := func(c *config.Server) { c.Data.Dir = dir }
	first := startTestNode(t, use)
	mustDeploy(t, first, appOf("hello", ""), abitest.Hello())
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	first.gateway, first.admin, first.engine, first.registry, first.cancel = nil, nil, nil, nil, nil
	second := startTestNode(t, use)
	if a := get(t, second, "/"); a.body != "hello world" {
		t.Fatalf("got %d %q after a restart", a.status, a.body)
	}
}

func TestNode_keepsCallsApart(t *testing.T) {
	n := startTestNode(t, nil)
	for _, tt := range []struct{ isolation, third string }{{"clean", "1"}, {"warm", "3"}} {
		mustDeploy(t, n, appOf("counter", `isolation = "`+tt.isolation+`"`), abitest.Counter())
		get(t, n, "/")
		get(t, n, "/")
		if a := get(t, n, "/"); a.body != tt.third {
			t.Errorf("the third call of a %s function counts %s, want %s", tt.isolation, a.body, tt.third)
		}
	}
}

func TestNode_makesThreeAttempts(t *testing.T) {
	n := startTestNode(t, nil)
	slow := abitest.SleepByAttempt(800*time.Millisecond, 800*time.Millisecond, 800*time.Millisecond)
	mustDeploy(t, n, appOf("slow", "patience = \"200ms\"\nattempts = 3"), slow)
	begun := time.Now()
	a := get(t, n, "/")
	if took := time.Since(begun); a.status != 504 || took < 600*time.Millisecond || took > 5*time.Second {
		t.Errorf("got %d after %v, want 504 after three times 200 ms", a.status, took)
	}
	second := abitest.SleepByAttempt(3*time.Second, 0)
	mustDeploy(t, n, appOf("slow", "patience = \"500ms\"\nattempts = 3"), second)
	if a := get(t, n, "/"); a.status != 200 || a.body != "attempt 2" {
		t.Errorf("got %d %q, want the answer of the second attempt", a.status, a.body)
	}
}

func TestNode_logsLateRuns(t *testing.T) {
	n := startTestNode(t, nil)
	follower := n.journal.Follow("slow", "f")
	defer follower.Close()
	mustDeploy(t, n, appOf("slow", "patience = \"100ms\"\nattempts = 1"), abitest.Sleep(400*time.Millisecond))
	if a := get(t, n, "/"); a.status != 504 {
		t.Fatalf("got %d, want 504", a.status)
	}
	select {
	case line := <-follower.C():
		if !strings.HasPrefix(line.Text, "COMPLETED delivered=false") {
			t.Errorf("the journal says %q", line.Text)
		}
	case <-time.After(10 * time.Second):
		t.Error("the late run was not logged")
	}
}

func TestNode_refusesWhenTheQueueIsFull(t *testing.T) {
	n := startTestNode(t, nil)
	mustDeploy(t, n, appOf("busy", "concurrency = 1\nbacklog = 0"), abitest.Sleep(time.Second))
	first := make(chan struct{})
	go func() {
		defer close(first)
		_, _ = try(t.Context(), http.MethodGet, "http://"+n.gatewayAddr+"/", nil, nil)
	}()
	deadline := time.Now().Add(10 * time.Second)
	for {
		if running, _ := n.apps.Table().Load("busy", "f"); running == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the first call never ran")
		}
	}
	a := get(t, n, "/")
	if a.status != 503 || a.header.Get("Retry-After") == "" {
		t.Errorf("got %d %v, want 503 with Retry-After", a.status, a.header)
	}
	<-first
}

func TestNode_endsWhatBreaksItsLimits(t *testing.T) {
	n := startTestNode(t, nil)
	tests := []struct {
		name, extra string
		module      []byte
		code        fault.Code
	}{
		{"endless loop", `run_limit = "100ms"`, abitest.Spin(), fault.RunLimit},
		{"endless recursion", `run_limit = "5s"`, abitest.Recurse(), fault.Crashed},
		{"exponential calls", `run_limit = "100ms"`, abitest.ExponentialCalls(), fault.RunLimit},
		{"cpu budget", `cpu = "20ms"`, abitest.Spin(), fault.CPULimit},
		{"trap", "", abitest.Trap(), fault.Crashed},
		{"failure", "", abitest.Fail("no such cat"), fault.Failed},
		{"no reply", "", abitest.NoReply(), fault.Crashed},
		{"reply in a wrong format", "", abitest.Reply("no object"), fault.BadReply},
		{"pointer outside memory", "", abitest.BadPointer(), fault.Crashed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mustDeploy(t, n, appOf("hostile", tt.extra), tt.module)
			_, err := n.apps.Invoke(t.Context(), "hostile", "f", []byte("{}"))
			if tt.code == fault.BadReply {
				if a := get(t, n, "/"); a.status != 403 {
					t.Fatalf("got %d, want the 403 of a reply in a wrong format", a.status)
				}
				return
			}
			if got := fault.CodeOf(err); got != tt.code {
				t.Fatalf("err = %v, want %s", err, tt.code)
			}
		})
	}
}

func TestNode_swapsWithoutLosingARequest(t *testing.T) {
	n := startTestNode(t, nil)
	versions := [][]byte{
		abitest.Reply(`{"statusCode":200,"body":"one"}`),
		abitest.Reply(`{"statusCode":200,"body":"two"}`),
	}
	mustDeploy(t, n, appOf("swap", ""), versions[0])
	deploys := 200
	if testing.Short() {
		deploys = 40
	}
	var stop atomic.Bool
	var asked atomic.Int64
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for !stop.Load() {
				a, err := try(t.Context(), http.MethodGet, "http://"+n.gatewayAddr+"/", nil, nil)
				asked.Add(1)
				if err != nil || a.status != 200 || (a.body != "one" && a.body != "two") {
					t.Errorf("got %d %q, %v", a.status, a.body, err)
					return
				}
			}
		})
	}
	for i := range deploys {
		mustDeploy(t, n, appOf("swap", ""), versions[(i+1)%2])
		want := []string{"one", "two"}[(i+1)%2]
		if a := get(t, n, "/"); a.body != want {
			t.Fatalf("after deploy %d got %q, want %q", i, a.body, want)
		}
	}
	stop.Store(true)
	clients.Wait()
	t.Logf("%d requests during %d deploys", asked.Load(), deploys)
}

func TestNode_drains(t *testing.T) {
	n := startTestNode(t, nil)
	mustDeploy(t, n, appOf("slow", ""), abitest.Sleep(500*time.Millisecond))
	got := make(chan answer, 1)
	go func() {
		a, _ := try(t.Context(), http.MethodGet, "http://"+n.gatewayAddr+"/", nil, nil)
		got <- a
	}()
	deadline := time.Now().Add(10 * time.Second)
	for {
		if running, _ := n.apps.Table().Load("slow", "f"); running == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the call never ran")
		}
	}
	if err := n.gateway.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := <-got; a.status != 200 || a.body != "hello world" {
		t.Errorf("the call in flight got %d %q", a.status, a.body)
	}
	if _, err := net.DialTimeout("tcp", n.gatewayAddr, time.Second); err == nil {
		t.Error("the gateway still accepts")
	}
}

func TestNode_refusesBadRequests(t *testing.T) {
	n := startTestNode(t, func(c *config.Server) { c.Gateway.MaxBody = 1 << 20 })
	mustDeploy(t, n, appOf("echo", ""), abitest.Hello())
	many := make(http.Header)
	for i := range 10_000 {
		many["X-"+strings.Repeat("a", i%7+1)] = append(many["X-"+strings.Repeat("a", i%7+1)], "1")
	}
	tests := []struct {
		name   string
		path   string
		header http.Header
		body   []byte
		status int
	}{
		{"dots in the path", "/%2e%2e/etc/passwd", nil, nil, 400},
		{"broken escape", "/%zz", nil, nil, 400},
		{"NUL", "/%00", nil, nil, 400},
		{"bytes that are no UTF-8", "/%ff%fe?%ff=%ff", http.Header{"X-Bytes": {"\xff\xfe"}}, []byte("\xff\xfe"), 200},
		{"ten thousand header fields", "/", many, nil, 431},
		{"large body", "/", nil, bytes.Repeat([]byte("a"), 1<<20+1), 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := raw(t, n.gatewayAddr, tt.path, tt.header, tt.body)
			if got != tt.status {
				t.Errorf("status = %d, want %d", got, tt.status)
			}
			if a := get(t, n, "/"); a.status != 200 {
				t.Errorf("afterwards the server answers %d", a.status)
			}
		})
	}
}

func TestNode_answersWhileARunGoesOn(t *testing.T) {
	n := startTestNode(t, nil)
	mustDeploy(t, n, appOf("slow", "patience = \"200ms\"\nattempts = 1"), abitest.Sleep(3*time.Second))
	conn, err := net.Dial("tcp", n.gatewayAddr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("the answer came, or the connection was closed, after %v", took)
	}
	text := string(all)
	if !strings.HasPrefix(text, "HTTP/1.1 504 ") || strings.Count(text, "HTTP/1.1") != 1 {
		t.Errorf("got %q, want one answer with status 504", text)
	}
	if !strings.Contains(text, "X-Request-Id: mine\r\n") || !strings.Contains(text, "Connection: close\r\n") {
		t.Errorf("got %q", text)
	}
}
