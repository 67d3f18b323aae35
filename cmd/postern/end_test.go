package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/gateway/config"
)

// watched is the program in a process of its own, with all that it logs.
type watched struct {
	*process
	ended chan string // its log, when it ended
}

// startWatched starts the program so that its whole log is kept.
func startWatched(t *testing.T, data string) *watched {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asServer+"="+data)
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w := &watched{process: &process{cmd: cmd}, ended: make(chan string, 1)}
	t.Cleanup(w.kill)
	ready := make(chan string, 1)
	go func() {
		var log bytes.Buffer
		for in := bufio.NewReader(pipe); ; {
			line, err := in.ReadString('\n')
			log.WriteString(line)
			if strings.Contains(line, `"message":"ready"`) {
				ready <- line
			}
			if err != nil {
				w.ended <- log.String()
				return
			}
		}
	}()
	select {
	case line := <-ready:
		w.gatewayAddr, w.adminAddr = field(line, "listen"), field(line, "admin")
	case log := <-w.ended:
		t.Fatalf("the server did not start: %s", log)
	}
	token, err := os.ReadFile(filepath.Join(data, tokenFile))
	if err != nil {
		t.Fatal(err)
	}
	w.token = strings.TrimSpace(string(token))
	return w
}

// end sends SIGTERM and returns the log and how the process ended.
func (w *watched) end(t *testing.T) (log string, err error) {
	t.Helper()
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case log = <-w.ended:
		return log, w.cmd.Wait()
	case <-time.After(60 * time.Second):
		t.Fatal("the process does not end")
		return "", nil
	}
}

func TestProcess_answersWhatItAcceptedWhenTerminated(t *testing.T) {
	w := startWatched(t, t.TempDir())
	header := http.Header{"Authorization": {"Bearer " + w.token}, "Content-Type": {"application/zip"}}
	archive := zipOf(t, appOf("slow", "concurrency = 32"), abitest.Sleep(30*time.Millisecond))
	if a := ask(t, http.MethodPost, "http://"+w.adminAddr+"/v1/apps", header, bytes.NewReader(archive)); a.status != 200 {
		t.Fatal(a.body)
	}
	var whole, cut atomic.Int64
	var clients sync.WaitGroup
	for range 16 {
		clients.Go(func() { hurry(w.gatewayAddr, &whole, &cut) })
	}
	for whole.Load() < 100 {
		time.Sleep(time.Millisecond) // another process: there is nothing to wait on
	}
	idle, err := net.Dial("tcp", w.gatewayAddr) // a client that opened one ahead of need
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	begun := time.Now()
	log, err := w.end(t)
	clients.Wait()
	if err != nil {
		t.Errorf("the process ended with %v", err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the end took %v", took)
	}
	if cut.Load() > 0 {
		t.Errorf("%d answers came in parts", cut.Load())
	}
	var answered int64
	for line := range strings.Lines(log) {
		if strings.Contains(line, `"message":"request"`) && strings.Contains(line, `"status":200`) {
			answered++
		}
	}
	if got := whole.Load(); got != answered {
		t.Errorf("the server answered %d requests, clients got %d answers", answered, got)
	}
	t.Logf("%d answers", answered)
}

// hurry asks on one connection until the server closes it. It counts answers
// that came whole, and those of which only a part came.
func hurry(addr string, whole, cut *atomic.Int64) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer conn.Close()
	for in := bufio.NewReader(conn); ; {
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			return
		}
		if _, err := in.Peek(1); err != nil {
			return // closed between two requests
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			cut.Add(1)
			return
		}
		if body, err := io.ReadAll(res.Body); err != nil || string(body) != "hello world" {
			cut.Add(1)
			return
		}
		whole.Add(1)
		if res.Close {
			return
		}
	}
}

func TestNode_givesUpWhatOutlivesTheDrain(t *testing.T) {
	n := startTestNode(t, func(c *config.Server) { c.Gateway.Drain = 300 * time.Millisecond })
	mustDeploy(t, n, appOf("endless", "concurrency = 4"), abitest.Spin())
	got := make(chan answer, 4)
	for range 4 {
		go func() {
			a, _ := try(t.Context(), http.MethodGet, "http://"+n.gatewayAddr+"/", nil, nil)
			got <- a
		}()
	}
	for running := 0; running < 4; {
		running, _ = n.apps.Table().Load("endless", "f")
	}
	begun := time.Now()
	closeForGood(t, n)
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the end took %v", took)
	}
	for range 4 {
		if a := <-got; a.status != 503 || a.header.Get("Retry-After") == "" {
			t.Errorf("a call that was given up got %d %v", a.status, a.header)
		}
	}
}

// closeForGood closes a node before its test ends.
func closeForGood(t *testing.T, n *node) {
	t.Helper()
	if err := n.Close(); err != nil {
		t.Errorf("close node: %v", err)
	}
	n.gateway, n.admin, n.engine, n.registry, n.cancel = nil, nil, nil, nil, nil
}

func TestNode_runsOnWhenTheClientLeaves(t *testing.T) {
	n := startTestNode(t, nil)
	follower := n.journal.Follow("slow", "f")
	defer follower.Close()
	mustDeploy(t, n, appOf("slow", "concurrency = 1\nbacklog = 0"), abitest.Sleep(300*time.Millisecond))
	conn, err := net.Dial("tcp", n.gatewayAddr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	for running := 0; running < 1; {
		running, _ = n.apps.Table().Load("slow", "f")
	}
	_ = conn.Close()
	select {
	case line := <-follower.C():
		if !strings.HasPrefix(line.Text, "COMPLETED") {
			t.Errorf("the journal says %q", line.Text)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the run was lost with its client")
	}
	for running := 1; running > 0; {
		running, _ = n.apps.Table().Load("slow", "f")
	}
	if a := get(t, n, "/"); a.status != 200 {
		t.Errorf("the next call gets %d", a.status)
	}
}

func TestNode_servesOthersWhileSomeAreSlow(t *testing.T) {
	n := startTestNode(t, func(c *config.Server) { c.Gateway.ReadTimeout = 300 * time.Millisecond })
	mustDeploy(t, n, appOf("hello", ""), abitest.Hello())
	var slow []net.Conn
	for range 200 {
		conn, err := net.Dial("tcp", n.gatewayAddr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\nsome"); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, conn)
	}
	for range 50 {
		begun := time.Now()
		if a := get(t, n, "/"); a.status != 200 || time.Since(begun) > 5*time.Second {
			t.Fatalf("beside slow clients: %d after %v", a.status, time.Since(begun))
		}
	}
	for _, conn := range slow {
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		text, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(text), "HTTP/1.1 408") {
			t.Fatalf("a slow client got %q, %v", text, err)
		}
	}
}
