package gateway

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/valyala/fasthttp/fasthttputil"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/gateway/deploy"
	"github.com/postern-dev/postern/gateway/flavour"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/runtime/journal"
	"github.com/postern-dev/postern/runtime/meter"
	"github.com/postern-dev/postern/runtime/registry"
)

// stage is a server over a real engine and a real registry, without a listener.
type stage struct {
	*Server
	apps  *deploy.Apps
	log   *logBook
	meter *meter.Meter
}

// logBook keeps the lines of the server's log.
type logBook struct {
	lines chan string
	off   atomic.Bool
}

func (b *logBook) Write(p []byte) (int, error) {
	if b.off.Load() {
		return len(p), nil
	}
	select {
	case b.lines <- string(p):
	default: // more than any test looks at
	}
	return len(p), nil
}

// access is what Options.Access may be.
func (b *logBook) access(_ uint32, line []byte) { _, _ = b.Write(line) }

// all returns what was logged so far.
func (b *logBook) all() string {
	var text strings.Builder
	for {
		select {
		case line := <-b.lines:
			text.WriteString(line)
		default:
			return text.String()
		}
	}
}

// openStage returns a stage with the given flavours besides the usual ones.
func openStage(t testing.TB, change func(*Options), more ...flavour.Flavour) *stage {
	t.Helper()
	book := &logBook{lines: make(chan string, 1000)}
	log := zerolog.New(book)
	reg, err := registry.Open(t.Context(), registry.Default(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reg.Close() })
	ids, counts := &runtime.IDs{}, meter.New()
	engine, err := runtime.Open(runtime.Options{
		Modules: reg.ReadModule, Journal: journal.New(journal.Default()), Meter: counts, IDs: ids, Log: log,
		Compilers: 1, MaxModule: 1 << 20, MaxFunctions: 1000, MaxMemory: 64 << 20, Memory: 1 << 30,
		Instances: 64, Idle: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	apps, err := deploy.Open(t.Context(), deploy.Options{
		Registry: reg, Engine: engine, IDs: ids, Flavours: append(Flavours(), more...), MaxModule: 1 << 20, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{
		Apps: apps, Engine: engine, IDs: ids, Meter: counts, Log: log,
		MaxBody: 1 << 20, MaxHeader: 16 << 10, MaxFields: 100,
		ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: 10 * time.Second,
		MaxConnections: 100, Access: book.access, AccessSample: 1,
	}
	if change != nil {
		change(&opt)
	}
	return &stage{Server: New(opt), apps: apps, log: book, meter: counts}
}

// appOf is a manifest of one function "f" behind every path. extra goes into
// the section [app].
func appOf(extra string) string {
	return `[app]
name = "test"
` + extra + `
[[function]]
name = "f"
module = "f.wasm"
run_limit = "10s"
concurrency = 4
backlog = 0

[[route]]
path = "/"
function = "f"
integrated = true
`
}

// deploy puts a module into service under appOf(extra).
func (s *stage) deploy(t testing.TB, extra string, module []byte) {
	t.Helper()
	b := &deploy.Bundle{Files: map[string]deploy.File{}}
	for name, content := range map[string][]byte{deploy.ManifestFile: []byte(appOf(extra)), "f.wasm": module} {
		b.Files[name] = deploy.File{
			Bytes: int64(len(content)),
			Open:  func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
		}
	}
	if _, err := s.apps.Deploy(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// listen serves connections made in memory until the test ends.
func (s *stage) listen(t testing.TB) *fasthttputil.InmemoryListener {
	t.Helper()
	ln := fasthttputil.NewInmemoryListener()
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		if err := s.Shutdown(t.Context()); err != nil && t.Context().Err() == nil {
			t.Errorf("shutdown: %v", err)
		}
		<-served
	})
	return ln
}

// listenTCP serves connections of the machine's own address.
func (s *stage) listenTCP(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		_ = s.Shutdown(t.Context())
		<-served
	})
	return ln.Addr().String()
}

// answer is an HTTP response, read whole.
type answer struct {
	status int
	header http.Header
	body   string
	closed bool // by the server, after the answer
}

// dialer makes connections to a server.
type dialer interface{ Dial() (net.Conn, error) }

// send writes a request as it stands and reads the answer to it.
func send(t testing.TB, d dialer, request string) answer {
	t.Helper()
	conn, err := d.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return exchangeOn(t, conn, bufio.NewReader(conn), request)
}

// exchangeOn is send on a connection that stays open.
func exchangeOn(t testing.TB, conn net.Conn, in *bufio.Reader, request string) answer {
	t.Helper()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(conn, request) }() // the server may close in the middle
	method, _, _ := strings.Cut(request, " ")
	return readAnswer(t, in, method)
}

func readAnswer(t testing.TB, in *bufio.Reader, method string) answer {
	t.Helper()
	res, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		t.Fatalf("read answer: %v", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("read answer's body: %v", err)
	}
	return answer{res.StatusCode, res.Header, string(body), res.Close}
}

// request is the text of a request without a body.
func request(method, target string, fields ...string) string {
	text := method + " " + target + " HTTP/1.1\r\nHost: test.example\r\n"
	for _, f := range fields {
		text += f + "\r\n"
	}
	return text + "\r\n"
}

// odd is a flavour whose parts a test replaces.
func odd(change func(*flavour.Flavour)) flavour.Flavour {
	f := Flavours()[0]
	f.Name = "odd"
	change(&f)
	return f
}

// fixedDialect answers with a response of its own.
type fixedDialect struct {
	dialect.Dialect
	res abi.Response
}

func (d fixedDialect) ParseReply(res *abi.Response, _ []byte) error {
	res.Reset()
	res.Status, res.Body = d.res.Status, d.res.Body
	res.Header = append(res.Header, d.res.Header...)
	return nil
}

// fixed is a flavour all of whose answers are res.
func fixed(res abi.Response) flavour.Flavour {
	return odd(func(f *flavour.Flavour) {
		inner := f.Dialect
		f.Dialect = func(r dialect.Route) (dialect.Dialect, error) {
			d, err := inner(r)
			return fixedDialect{d, res}, err
		}
	})
}
