package load

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

func TestRun_openSendsWhatIsDue(t *testing.T) {
	base := serve(t, hello)
	opt := options(base, get("/", "hello world"))
	opt.Rate, opt.Connections = 1000, 4
	res, err := Run(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if res.Answered != 100 || res.Unsent != 0 || res.Mode != "open" || res.Service == nil {
		t.Errorf("answered %d, unsent %d, mode %s, want 100, 0, open", res.Answered, res.Unsent, res.Mode)
	}
}

// TestRun_openSeesAStallThatClosedHides is the reason for open load: a server
// that stops once for 100 ms made every client in that time wait, but closed
// load asked only once meanwhile.
func TestRun_openSeesAStallThatClosedHides(t *testing.T) {
	const stall = 100 * time.Millisecond
	stalling := func() (fasthttp.RequestHandler, *atomic.Int64) {
		var n atomic.Int64
		return func(rc *fasthttp.RequestCtx) {
			if n.Add(1) == 50 {
				time.Sleep(stall)
			}
			hello(rc)
		}, &n
	}
	handler, _ := stalling()
	opt := options(serve(t, handler), get("/", "hello world"))
	opt.Connections, opt.Duration = 1, 300*time.Millisecond
	closed, err := Run(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	handler, _ = stalling()
	opt.URL, opt.Rate = serve(t, handler), 1000
	open, err := Run(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if open.Answered != 300 {
		t.Fatalf("open load had %d answers, want every one of the 300 that were due", open.Answered)
	}
	// A third of the requests were due during the stall, so a quarter waited
	// longer than a fifth of it.
	least := micros(stall) / 5
	if open.Latency.P90 < least {
		t.Errorf("open load: p90 = %.0f µs, want %.0f at least", open.Latency.P90, least)
	}
	if open.Service.P90 >= least {
		t.Errorf("open load: p90 from sending = %.0f µs, want less than %.0f", open.Service.P90, least)
	}
	if closed.Latency.P90 >= least || closed.Latency.Max < micros(stall) {
		t.Errorf("closed load: p90 = %.0f µs, max = %.0f, want the stall in the maximum only", closed.Latency.P90, closed.Latency.Max)
	}
}

func TestRun_openGivesUpAServerThatNeverCatchesUp(t *testing.T) {
	base := serve(t, func(rc *fasthttp.RequestCtx) { time.Sleep(20 * time.Millisecond); hello(rc) })
	opt := options(base, get("/", "hello world"))
	opt.Rate, opt.Connections, opt.Duration, opt.Patience = 5000, 1, 50*time.Millisecond, 50*time.Millisecond
	res, err := Run(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if res.Good() || res.Answered+res.Failed+res.Unsent != 250 || res.Unsent < 200 {
		t.Errorf("answered %d, failed %d, unsent %d of 250 due", res.Answered, res.Failed, res.Unsent)
	}
}

func TestRun_refusesOptionsThatMeanNothing(t *testing.T) {
	base := serve(t, hello)
	for name, change := range map[string]func(*Options){
		"no connections":   func(o *Options) { o.Connections = 0 },
		"no duration":      func(o *Options) { o.Duration = 0 },
		"no requests":      func(o *Options) { o.Requests = nil },
		"path with spaces": func(o *Options) { o.Requests = []*Request{{Path: "/a b"}} },
		"own length":       func(o *Options) { o.Requests[0].Header = []Field{{"content-length", "3"}} },
		"line end":         func(o *Options) { o.Requests[0].Header = []Field{{"A", "b\r\nC: d"}} },
		"mark, no numbers": func(o *Options) { o.Requests[0].Path = "/{n}" },
	} {
		opt := options(base, get("/", "hello world"))
		change(&opt)
		if _, err := Run(t.Context(), opt); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
