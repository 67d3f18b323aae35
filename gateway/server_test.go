package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/meter"
)

// seeds are requests of every kind, good and bad.
func seeds() []string {
	return []string{
		request("GET", "/"), request("HEAD", "/a?b=c", "Cookie: a=b; c"), request("GET", "http://a/b"),
		request("POST", "/", "Content-Length: 4") + "body", request("POST", "/", "Content-Length: 4"),
		request("POST", "/", "Transfer-Encoding: chunked") + "4\r\nbody\r\n0\r\nX-T: 1\r\n\r\n",
		request("POST", "/", "Content-Length: 4", "Expect: 100-continue") + "body",
		request("POST", "/", "Content-Type: multipart/form-data; boundary=x", "Content-Length: 9") + "--x\r\n\r\n--x--",
		request("GET", "/") + request("GET", "/", "Connection: close"),
		"GET / HTTP/1.0\r\n\r\n", "GET /%2e%2e HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\n", "GET", "\x00\xff",
		request("GET", "/", "X-A: 1\r\n 2"), request("\xff", "/\xff?\xff", "\xff: \xff"),
	}
}

func FuzzServer_handle(f *testing.F) {
	s := openStage(f, func(o *Options) { o.MaxBody, o.ReadTimeout = 1000, 5*time.Second })
	s.deploy(f, "", abitest.Hello())
	ln := fasthttputil.NewInmemoryListener()
	go func() { _ = s.Serve(ln) }()
	for _, seed := range seeds() {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		client, err := ln.Dial()
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		if err := client.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = client.Write(sent)
			if half, ok := client.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			}
			_, _ = io.WriteString(client, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		}()
		first, err := bufio.NewReader(client).ReadString('\n')
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			t.Fatalf("neither an answer nor an end for %q", sent)
		}
		if first != "" && !strings.HasPrefix(first, "HTTP/1.") {
			t.Fatalf("%q is no answer", first)
		}
	})
}

func TestServer_cutsSlowClients(t *testing.T) {
	s := openStage(t, func(o *Options) {
		o.ReadTimeout, o.WriteTimeout, o.IdleTimeout = 200*time.Millisecond, 300*time.Millisecond, 200*time.Millisecond
	})
	s.deploy(t, "", abitest.Hello())
	addr := s.listenTCP(t)
	tests := []struct {
		name, begin, drip string
		status            string // of the answer before the end; "" for none
	}{
		{"silence", "", "", ""},
		{"half a line", "GET / HT", "", "408"},
		{"a field at a time", "GET / HTTP/1.1\r\nHost: a\r\n", "X-A: b\r\n", "408"},
		{"a body in drops", request("POST", "/", "Content-Length: 1000"), "a", "408"},
		{"chunks in drops", request("POST", "/", "Transfer-Encoding: chunked"), "1\r\na\r\n", "408"},
		{"no second request", request("GET", "/"), "", "200"},
		{"half a second request", request("GET", "/") + "GET", "", "200"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, tt.begin); err != nil {
				t.Fatal(err)
			}
			stop := make(chan struct{})
			go drip(conn, tt.drip, stop)
			got, err := io.ReadAll(conn) // ends when the server has enough
			close(stop)
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				t.Fatal("the server waits for ever")
			}
			if !strings.HasPrefix(string(got), strings.TrimSuffix("HTTP/1.1 "+tt.status, "HTTP/1.1 ")) && tt.status != "" {
				t.Errorf("got %q, want status %s", got, tt.status)
			}
		})
	}
}

// drip sends a piece every 20 ms until stop closes.
func drip(conn net.Conn, piece string, stop <-chan struct{}) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if _, err := io.WriteString(conn, piece); err != nil {
				return
			}
		case <-stop:
			return
		}
	}
}

func TestServer_doesNotWaitForSlowReaders(t *testing.T) {
	s := openStage(t, func(o *Options) {
		o.WriteTimeout, o.IdleTimeout = 300*time.Millisecond, 300*time.Millisecond
	})
	s.deploy(t, "", abitest.Reply(`{"statusCode":200,"body":"`+strings.Repeat("a", 600<<10)+`"}`))
	addr := s.listenTCP(t)
	for range 8 { // twice as many as slots: none of them reads
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		// More answers than the machine's buffers hold.
		if _, err := io.WriteString(conn, strings.Repeat(request("GET", "/"), 100)); err != nil {
			t.Fatal(err)
		}
	}
	tcp := dialerFunc(func() (net.Conn, error) { return net.Dial("tcp", addr) })
	deadline := time.Now().Add(30 * time.Second)
	for {
		got := send(t, tcp, request("GET", "/"))
		if got.status == 200 && len(got.body) == 600<<10 {
			break
		}
		if got.status != 503 || time.Now().After(deadline) {
			t.Fatalf("got %d with %d bytes while others don't read", got.status, len(got.body))
		}
	}
	for s.http.GetOpenConnectionsCount() > 0 {
		if time.Now().After(deadline) {
			t.Fatal("clients that don't read are not cut off")
		}
		time.Sleep(time.Millisecond) // the time is the kernel's
	}
}

type dialerFunc func() (net.Conn, error)

func (f dialerFunc) Dial() (net.Conn, error) { return f() }

func TestServer_capsConnections(t *testing.T) {
	s := openStage(t, func(o *Options) { o.MaxConnections, o.MaxConnectionsPerIP = 10, 2 })
	s.deploy(t, "", abitest.Hello())
	addr := s.listenTCP(t)
	for range 2 {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if got := exchangeOn(t, conn, bufio.NewReader(conn), request("GET", "/")); got.status != 200 {
			t.Fatalf("got %+v", got)
		}
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := readAnswer(t, bufio.NewReader(conn), "GET"); got.status != 429 {
		t.Errorf("the third connection got %d, want 429", got.status)
	}
}

func TestServer_endsConnectionsAfterSoManyRequests(t *testing.T) {
	s := openStage(t, func(o *Options) { o.MaxRequestsPerConnection = 2 })
	s.deploy(t, "", abitest.Hello())
	conn, err := s.listen(t).Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for i, want := range []bool{false, true} {
		if got := exchangeOn(t, conn, in, request("GET", "/")); got.status != 200 || got.closed != want {
			t.Errorf("request %d: %d, closed %v, want %v", i, got.status, got.closed, want)
		}
	}
}

func TestServer_logsRequests(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, "", abitest.Hello())
	s.log.all()
	ln := s.listen(t)
	send(t, ln, request("GET", "/a%20b?secret=1", "X-Request-Id: the-id"))
	line := s.log.all()
	version := s.apps.Apps()[0].Version
	for _, want := range []string{
		`"id":"the-id"`, `"method":"GET"`, `"host":"test.example"`, `"path":"/a%20b"`, `"status":200`, `"bytes":11`,
		`"us":`, `"app":"test"`, `"function":"f"`, `"version":"` + version[:12], `"message":"request"`,
	} {
		if !strings.Contains(line, want) {
			t.Errorf("the line lacks %s: %s", want, line)
		}
	}
	if strings.Contains(line, "secret") {
		t.Errorf("the line holds the query: %s", line)
	}
	send(t, ln, request("GET", "/%2e%2e", "X-Request-Id: bad-id"))
	if line := s.log.all(); !strings.Contains(line, `"status":400`) || !strings.Contains(line, `"code":"invalid"`) {
		t.Errorf("a refusal is logged as %s", line)
	}
}

func TestServer_timesTheStepsOfSomeRequests(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, "", abitest.Hello())
	ln := s.listen(t)
	for range 20 * timedOf {
		send(t, ln, request("GET", "/"))
	}
	var text bytes.Buffer
	if err := s.meter.WritePrometheus(&text); err != nil {
		t.Fatal(err)
	}
	for step := meter.Parse; step <= meter.Write; step++ {
		name := `postern_step_seconds_count{step="` + step.String() + `"} `
		_, rest, _ := strings.Cut(text.String(), name)
		count, _, _ := strings.Cut(rest, "\n")
		if n, err := strconv.Atoi(count); err != nil || n < 1 || n > 5*timedOf {
			t.Errorf("%s%s, want some of %d", name, count, 20*timedOf)
		}
	}
}

func TestServer_logsASampleOfWhatWentWell(t *testing.T) {
	s := openStage(t, func(o *Options) { o.AccessSample = 10 })
	s.deploy(t, "", abitest.Hello())
	s.log.all()
	ln := s.listen(t)
	for range 100 {
		send(t, ln, request("GET", "/"))
	}
	if got := strings.Count(s.log.all(), "\n"); got != 10 {
		t.Errorf("%d of 100 answers are logged, want 10", got)
	}
	for range 5 {
		send(t, ln, request("GET", "/%2e%2e"))
	}
	if got := strings.Count(s.log.all(), "\n"); got != 5 {
		t.Errorf("%d of 5 refusals are logged, want all", got)
	}
}

// TestServer_logsWhenItRefusedWhatIsNoRequest: nobody knows when that began.
func TestServer_logsWhenItRefusedWhatIsNoRequest(t *testing.T) {
	lines := make(chan []byte, 1)
	s := openStage(t, func(o *Options) { o.Access = func(_ uint32, line []byte) { lines <- bytes.Clone(line) } })
	from := time.Now().Truncate(time.Second)
	send(t, s.listen(t), "GET / HT\r\n\r\n")
	var line struct {
		HTTP struct {
			Status int
			US     int64
		}
		Time time.Time
	}
	text := <-lines
	if err := json.Unmarshal(text, &line); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if line.HTTP.Status != 400 || line.HTTP.US > time.Minute.Microseconds() || line.Time.Before(from) || line.Time.After(time.Now()) {
		t.Errorf("the line is %s", text)
	}
}

func TestServer_logsWithTheNumberOfTheExchange(t *testing.T) {
	var nears []uint32
	s := openStage(t, func(o *Options) {
		o.Access = func(near uint32, line []byte) { nears = append(nears, near) }
	})
	one, two := s.take(), s.take()
	for _, x := range []*exchange{one, two, one} {
		s.logAccess(newContext("GET", "/"), x)
	}
	if len(nears) != 3 || nears[0] == nears[1] || nears[0] != nears[2] {
		t.Errorf("the lines of two exchanges came with the numbers %d", nears)
	}
}

func TestServer_answersCallsItGivesUp(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, "", abitest.Spin())
	addr := s.listenTCP(t)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request("GET", "/")); err != nil {
		t.Fatal(err)
	}
	for running := 0; running < 1; {
		running, _ = s.apps.Table().Load("test", "f")
	}
	if err := s.Ready(); err != nil {
		t.Errorf("not ready before the end: %v", err)
	}
	drain, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(drain); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if got := fault.CodeOf(s.Ready()); got != fault.Unavailable {
		t.Errorf("Ready says %q at the end", got)
	}
	got := readAnswer(t, bufio.NewReader(conn), "GET")
	if got.status != 503 || !got.closed || got.header.Get("Retry-After") == "" {
		t.Errorf("the call that was given up got %+v", got)
	}
}

func TestServer_endsWithoutConnections(t *testing.T) {
	s := openStage(t, nil)
	if err := s.Shutdown(t.Context()); err != nil {
		t.Errorf("a server that never served: %v", err)
	}
}

func TestServer_closesIdleConnectionsAtTheEnd(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, "", abitest.Hello())
	addr := s.listenTCP(t)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	exchangeOn(t, conn, in, request("GET", "/"))
	begun := time.Now()
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("an idle connection kept the server for %v", took)
	}
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the idle connection ended with %v", err)
	}
}
