package wasm

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/dialect/scf"
	"github.com/postern-dev/postern/bench/functions"
	"github.com/postern-dev/postern/bench/scenario"
)

func TestEcho_answersWithAnyBody(t *testing.T) {
	i, d := openEcho(t)
	bodies := []string{"", "plain", "\x00\xff\xfe", `"`, "\\", "grüße 你好"}
	for n := range 200 { // a quote or a backslash in every place of a block
		plain := strings.Repeat("x", n)
		bodies = append(bodies, plain+`"`+plain, plain+`\`+plain+"\n", plain)
	}
	for _, body := range bodies {
		event, err := d.AppendEvent(nil, echoRequest([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		want := body
		if !utf8.ValidString(body) { // the function answers with the text that it got
			want = base64.StdEncoding.EncodeToString([]byte(body))
		}
		var res abi.Response
		if err := d.ParseReply(&res, []byte(call(t, i, Run{Event: event, Context: []byte("{}")}))); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		if string(res.Body) != want {
			t.Fatalf("the answer to %q is %q, want %q", body, res.Body, want)
		}
	}
}

// openEcho returns an instance of a function that answers with the body of its
// request, and the dialect to talk to it in.
func openEcho(t testing.TB) (*Instance, dialect.Dialect) {
	t.Helper()
	module := filepath.Join(t.TempDir(), "echo.wasm")
	if err := functions.Compile(t.Context(), functions.Echo, module); errors.Is(err, functions.ErrNoCompiler) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	wasm, err := os.ReadFile(module)
	if err != nil {
		t.Fatal(err)
	}
	d, err := scf.New(dialect.Route{App: "bench", Function: "f0", Path: "/", Integrated: true})
	if err != nil {
		t.Fatal(err)
	}
	return newInstance(t, Spec{Wasm: wasm, MaxMemory: 64 << 20, Isolation: Clean}), d
}

func echoRequest(body []byte) *abi.Request {
	return &abi.Request{
		ID: "0123456789abcdef", ClientIP: "127.0.0.1", Scheme: "http",
		Method: []byte("POST"), Host: []byte("127.0.0.1:8080"), RawPath: []byte("/"), Path: []byte("/"),
		Header: []abi.Field{
			{Name: []byte("Host"), Value: []byte("127.0.0.1:8080")},
			{Name: []byte("Content-Type"), Value: []byte("text/plain")},
			{Name: []byte("Content-Length"), Value: strconv.AppendInt(nil, int64(len(body)), 10)},
		},
		Body: body,
	}
}

// BenchmarkEcho takes the call of a function that answers with the body of its
// request apart: event, run, copy of the reply's body, reset.
func BenchmarkEcho(b *testing.B) {
	i, d := openEcho(b)
	for _, size := range []int{0, 1 << 10, 64 << 10, 1 << 20, 6_000_000} {
		b.Run(fmt.Sprint("size=", size), func(b *testing.B) { benchmarkEcho(b, i, d, scenario.Body(size)) })
	}
}

func benchmarkEcho(b *testing.B, i *Instance, d dialect.Dialect, body []byte) {
	req := echoRequest(body)
	var (
		res       abi.Response
		event     []byte
		out       []byte
		err       error
		run       = &Run{Context: []byte("{}")}
		stopwatch = stopwatch{parts: map[string]time.Duration{}}
	)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		stopwatch.start()
		if event, err = d.AppendEvent(event[:0], req); err != nil {
			b.Fatal(err)
		}
		stopwatch.stop("event")
		run.Event = event
		reply, err := i.Call(run)
		if err != nil {
			b.Fatal(err)
		}
		stopwatch.stop("run")
		if err := d.ParseReply(&res, reply); err != nil {
			b.Fatal(err)
		}
		stopwatch.stop("reply")
		out = append(out[:0], res.Body...)
		stopwatch.stop("out")
		if err := i.Reset(); err != nil {
			b.Fatal(err)
		}
		stopwatch.stop("reset")
	}
	if !bytes.Equal(out, body) {
		b.Fatal("the body is another one")
	}
	for part, took := range stopwatch.parts {
		b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), part+"-ns/op")
	}
	b.ReportMetric(float64(i.memory.Private()), "pages")
	b.ReportMetric(float64(run.Fuel), "units")
}

// stopwatch adds up what the parts of a call take.
type stopwatch struct {
	last  time.Time
	parts map[string]time.Duration
}

func (w *stopwatch) start() { w.last = time.Now() }

func (w *stopwatch) stop(part string) {
	now := time.Now()
	w.parts[part] += now.Sub(w.last)
	w.last = now
}
