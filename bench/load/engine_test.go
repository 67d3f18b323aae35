package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	goruntime "runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

func TestEngine_measuresEveryAnswer(t *testing.T) {
	onEach(t, func(t *testing.T, run runner) {
		var served atomic.Int64
		base := serve(t, func(rc *fasthttp.RequestCtx) { served.Add(1); hello(rc) })
		opt := options(base, get("/", "hello world"))
		opt.Count = 200
		res, err := run(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if !res.Good() || res.Answered != 200 || served.Load() != 200 {
			t.Fatalf("answered %d, failed %d, served %d, want 200, 0, 200", res.Answered, res.Failed, served.Load())
		}
		if res.Latency.P50 <= 0 || res.Latency.Max < res.Latency.P99 || res.Throughput <= 0 {
			t.Errorf("latency = %+v, throughput = %f", res.Latency, res.Throughput)
		}
		var inTimeline int64
		for _, m := range res.Timeline {
			inTimeline += m.Answered
		}
		if inTimeline != 200 {
			t.Errorf("the timeline has %d answers, want 200", inTimeline)
		}
	})
}

func TestEngine_countsWrongAnswersAndKeepsTheFirst(t *testing.T) {
	onEach(t, func(t *testing.T, run runner) {
		var n atomic.Int64
		base := serve(t, func(rc *fasthttp.RequestCtx) {
			if n.Add(1)%10 == 0 {
				rc.SetStatusCode(502)
				return
			}
			hello(rc)
		})
		opt := options(base, get("/", "hello world"))
		opt.Count = 100
		res, err := run(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if res.Good() || res.Failed != 10 || res.Answered != 90 {
			t.Fatalf("answered %d, failed %d, want 90, 10", res.Answered, res.Failed)
		}
		if len(res.Failures) != maxExample || !strings.Contains(res.Failures[0].Problem, "status 502 instead of 200") {
			t.Errorf("failures = %+v", res.Failures)
		}
	})
}

func TestEngine_withoutKeepAliveConnectsForEachRequest(t *testing.T) {
	onEach(t, func(t *testing.T, run runner) {
		var ids idSet
		base := serve(t, func(rc *fasthttp.RequestCtx) { ids.add(rc.ConnID()); hello(rc) })
		opt := options(base, get("/", "hello world"))
		opt.Count, opt.KeepAlive = 20, false
		res, err := run(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if !res.Good() || ids.len() != 20 {
			t.Errorf("%d connections for %d answers, want one each of 20", ids.len(), res.Answered)
		}
	})
}

func TestEngine_mixesByWeight(t *testing.T) {
	onEach(t, func(t *testing.T, run runner) {
		var often, seldom atomic.Int64
		base := serve(t, func(rc *fasthttp.RequestCtx) {
			if string(rc.Path()) == "/often" {
				often.Add(1)
			} else {
				seldom.Add(1)
			}
			hello(rc)
		})
		a, b := get("/often", "hello world"), get("/seldom/{n}", "hello world")
		a.Weight, b.Numbers = 9, 1000
		opt := options(base, a, b)
		opt.Duration = time.Minute // the count ends it
		opt.Count, opt.Seed = 1000, 7
		res, err := run(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if got := often.Load(); got < 850 || got > 950 || seldom.Load() != 1000-got {
			t.Errorf("often %d, seldom %d, want about 900 and 100", got, seldom.Load())
		}
		if len(res.Kinds) != 2 || res.Kinds[0].Answered != often.Load() || res.Kinds[1].Name != "GET /seldom/{n}" {
			t.Errorf("kinds = %+v", res.Kinds)
		}
	})
}

func TestEngine_echoesBodiesOfAnySize(t *testing.T) {
	onEach(t, func(t *testing.T, run runner) {
		base := serve(t, func(rc *fasthttp.RequestCtx) { rc.SetBody(rc.PostBody()) })
		for _, size := range []int{0, 1, 4 << 10, 64 << 10, 1 << 20} {
			opt := options(base, &Request{Method: "POST", Path: "/", Body: make([]byte, size), Expect: Expect{Echo: true}})
			opt.Count = 5
			if res, err := run(t.Context(), opt); err != nil || !res.Good() {
				t.Errorf("%d bytes: %v, %+v", size, err, res)
			}
		}
	})
}

func TestEngine_saysThatNobodyListens(t *testing.T) {
	onEach(t, func(t *testing.T, run runner) {
		base := *serve(t, hello)
		base.Host = "127.0.0.1:1"
		if _, err := run(t.Context(), options(&base, get("/", ""))); err == nil || !strings.Contains(err.Error(), "connect") {
			t.Errorf("err = %v, want that it can't connect", err)
		}
	})
}

func TestEngine_readsAnswersThatComeByteByByte(t *testing.T) {
	onEach(t, func(t *testing.T, run runner) {
		for name, c := range map[string]struct{ method, text, body string }{
			"length":        {"GET", rawHello, "hello world"},
			"chunks":        {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nA: b\r\n\r\n", "hello world"},
			"HEAD":          {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", ""},
			"until the end": {"GET", "HTTP/1.1 200 OK\r\n\r\nhello world", "hello world"},
		} {
			base := serveRaw(t, func(conn net.Conn, next func() *http.Request) {
				for ok := true; ok; ok = name != "until the end" && next() != nil {
					for i := range len(c.text) {
						_, _ = conn.Write([]byte{c.text[i]})
					}
				}
			})
			opt := options(base, &Request{Method: c.method, Path: "/", Expect: Expect{Body: []byte(c.body)}})
			opt.Count, opt.Duration = 20, time.Minute
			res, err := run(t.Context(), opt)
			if err != nil || !res.Good() || res.Answered != 20 {
				t.Errorf("%s: %v, %+v", name, err, res)
			} else if want := int64(20 * len(c.text)); name != "chunks" && res.BytesIn != want {
				t.Errorf("%s: %d bytes came, want %d", name, res.BytesIn, want)
			}
		}
	})
}

// What came too much is the beginning of the next answer, and no answer at all.
func TestEngine_refusesGarbageBetweenAnswers(t *testing.T) {
	onEach(t, func(t *testing.T, run runner) {
		base := serveRaw(t, func(conn net.Conn, next func() *http.Request) {
			for ok := true; ok; ok = next() != nil {
				_, _ = io.WriteString(conn, rawHello+"garbage")
			}
		})
		failsEverySecond(t, run, base, 0, errMalformed.Error())
	})
}

func TestEngine_connectsAgainAfterAnEarlyClose(t *testing.T) {
	onEach(t, func(t *testing.T, run runner) {
		base := serveRaw(t, func(conn net.Conn, next func() *http.Request) {
			_, _ = io.WriteString(conn, rawHello)
			if next() != nil {
				_, _ = io.WriteString(conn, rawHello[:len(rawHello)-3])
			}
		})
		failsEverySecond(t, run, base, 0, io.ErrUnexpectedEOF.Error())
	})
}

func TestEngine_seesAfterARestThatTheConnectionIsGone(t *testing.T) {
	onEachClosed(t, func(t *testing.T, run runner) {
		base := serveRaw(t, func(conn net.Conn, _ func() *http.Request) { _, _ = io.WriteString(conn, rawHello) })
		failsEverySecond(t, run, base, 10*time.Millisecond, "")
	})
}

// failsEverySecond expects a server that answers the first request of each
// connection only, and the problem of the others.
func failsEverySecond(t *testing.T, run runner, base *url.URL, think time.Duration, problem string) {
	t.Helper()
	r := get("/", "hello world")
	r.Think = think
	opt := options(base, r)
	opt.Connections, opt.Count, opt.Duration = 1, 10, time.Minute
	res, err := run(t.Context(), opt)
	if err != nil || res.Answered != 5 || res.Failed != 5 {
		t.Fatalf("%v, %+v, want 5 answers and 5 failures", err, res)
	}
	if got := res.Failures[0].Problem; !strings.Contains(got, problem) {
		t.Errorf("problem = %s, want %s", got, problem)
	}
}

func TestEngine_losesPatienceWithASlowServer(t *testing.T) {
	onEach(t, func(t *testing.T, run runner) {
		base := serveRaw(t, func(_ net.Conn, next func() *http.Request) { next() })
		opt := options(base, get("/", "hello world"))
		opt.Count, opt.Patience = 4, 50*time.Millisecond
		start := time.Now()
		res, err := run(t.Context(), opt)
		if err != nil || res.Failed == 0 || res.Answered != 0 || !strings.Contains(res.Failures[0].Problem, "timeout") {
			t.Fatalf("%v, %+v, want failures for lack of patience", err, res)
		}
		if took := time.Since(start); took < opt.Patience {
			t.Errorf("the run took %s, less than its patience", took)
		}
	})
}

// The server answers when every connection has asked, so all are held at once.
func TestEngine_holdsAThousandConnections(t *testing.T) {
	const connections = 1000
	onEach(t, func(t *testing.T, run runner) {
		var ids idSet
		var asked atomic.Int64
		all := make(chan struct{})
		base := serve(t, func(rc *fasthttp.RequestCtx) {
			ids.add(rc.ConnID())
			if asked.Add(1) == connections {
				close(all)
			}
			<-all
			hello(rc)
		})
		opt := options(base, get("/", "hello world"))
		opt.Connections, opt.Count, opt.Duration, opt.Patience = connections, connections, time.Minute, time.Minute
		res, err := run(t.Context(), opt)
		if err != nil || !res.Good() || res.Answered != connections || ids.len() != connections {
			t.Errorf("%v, %d connections, %+v", err, ids.len(), res)
		}
	})
}

func TestEngine_carriesLargeBodies(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 6<<20/16)
	onEach(t, func(t *testing.T, run runner) {
		base := serve(t, func(rc *fasthttp.RequestCtx) {
			if string(rc.Path()) == "/chunks" {
				rc.SetBodyStream(bytes.NewReader(rc.PostBody()), -1)
				return
			}
			rc.SetBody(rc.PostBody())
		})
		for _, path := range []string{"/", "/chunks"} {
			opt := options(base, &Request{Path: path, Body: body, Expect: Expect{Echo: true}})
			opt.Count, opt.Duration = 6, time.Minute
			if res, err := run(t.Context(), opt); err != nil || !res.Good() || res.Answered != 6 {
				t.Errorf("%s: %v, %+v", path, err, res)
			}
		}
	})
}

func TestEngine_endsWithItsContext(t *testing.T) {
	onEach(t, func(t *testing.T, run runner) {
		ctx, cancel := context.WithCancel(t.Context())
		base := serveRaw(t, func(_ net.Conn, next func() *http.Request) { cancel(); next() })
		opt := options(base, get("/", "hello world"))
		opt.Duration, opt.Patience = time.Hour, time.Hour
		if _, err := run(ctx, opt); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want %v", err, context.Canceled)
		}
	})
}

func TestEngine_restsBetweenRequests(t *testing.T) {
	onEachClosed(t, func(t *testing.T, run runner) {
		r := get("/", "hello world")
		r.Think = 20 * time.Millisecond
		opt := options(serve(t, hello), r)
		opt.Connections, opt.Count, opt.Duration = 2, 6, time.Minute
		start := time.Now()
		res, err := run(t.Context(), opt)
		if err != nil || !res.Good() || res.Answered != 6 {
			t.Fatalf("%v, %+v", err, res)
		}
		if took := time.Since(start); took < 2*r.Think {
			t.Errorf("three requests of each connection took %s, less than two rests of %s", took, r.Think)
		}
	})
}

// A seed names the same requests, in the same order, whatever sends them.
func TestEngine_sendsTheSameRequests(t *testing.T) {
	sent := map[string]bool{}
	onEach(t, func(t *testing.T, run runner) {
		var mu sync.Mutex
		var paths []string
		base := serve(t, func(rc *fasthttp.RequestCtx) {
			mu.Lock()
			defer mu.Unlock()
			paths = append(paths, string(rc.Path()))
			hello(rc)
		})
		a, b := get("/a/{n}", "hello world"), get("/b/{n}", "hello world")
		a.Numbers, a.Zipf, b.Numbers, b.Weight = 50, 1.2, 1000, 3
		opt := options(base, a, b)
		opt.Connections, opt.Count, opt.Duration, opt.Seed = 1, 100, time.Minute, 5
		res, err := run(t.Context(), opt)
		if err != nil || !res.Good() || res.Answered != 100 {
			t.Fatalf("%v, %+v", err, res)
		}
		mu.Lock()
		defer mu.Unlock()
		out := 0
		for _, p := range paths {
			out += len("GET " + p + " HTTP/1.1\r\nHost: " + base.Host + "\r\n\r\n")
		}
		if res.BytesOut != int64(out) {
			t.Errorf("%d bytes were sent, want %d", res.BytesOut, out)
		}
		sent[fmt.Sprint(paths)] = true
	})
	if len(sent) != 1 {
		t.Errorf("the engines sent %d different rows of requests", len(sent))
	}
}

func TestEngine_findsTheServerByName(t *testing.T) {
	onEach(t, func(t *testing.T, run runner) {
		base := serve(t, hello)
		base.Host = net.JoinHostPort("localhost", base.Port())
		opt := options(base, get("/", "hello world"))
		opt.WarmUp = 20 * time.Millisecond
		if res, err := run(t.Context(), opt); err != nil || !res.Good() {
			t.Errorf("%v, %+v", err, res)
		}
	})
}

func TestEngine_leavesNoFilesOpen(t *testing.T) {
	if goruntime.GOOS != "linux" {
		t.Skip("the system doesn't list what is open")
	}
	open := func() int {
		files, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		sockets := 0
		for _, f := range files {
			fd, err := strconv.Atoi(f.Name())
			name, readErr := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
			if err == nil && readErr == nil && (strings.HasPrefix(name, "socket:") || strings.HasPrefix(name, "anon_inode:")) {
				sockets++
			}
		}
		return sockets
	}
	onEach(t, func(t *testing.T, run runner) {
		base := serveRaw(t, func(conn net.Conn, _ func() *http.Request) {
			_, _ = io.WriteString(conn, rawHello)
		})
		before := open()
		for _, opt := range []Options{options(base, get("/", "hello world")), options(base, get("/", "wrong"))} {
			opt.Connections, opt.Count, opt.KeepAlive = 20, 100, false
			if _, err := run(t.Context(), opt); err != nil {
				t.Fatal(err)
			}
		}
		absent := *base
		absent.Host = "127.0.0.1:1"
		if _, err := run(t.Context(), options(&absent, get("/", ""))); err == nil {
			t.Error("no error where nobody listens")
		}
		for deadline := time.Now().Add(5 * time.Second); open() > before && time.Now().Before(deadline); {
			goruntime.Gosched() // the server closes its ends in its own time
		}
		if after := open(); after > before {
			t.Errorf("%d descriptors were open before, %d after", before, after)
		}
	})
}
