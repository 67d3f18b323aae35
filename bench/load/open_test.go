package load

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

func TestOpen_sendsWhatIsDue(t *testing.T) {
	onEachOpen(t, func(t *testing.T, run runner) {
		for _, arrivals := range []Arrivals{Even, Random} {
			opt := options(serve(t, hello), get("/", "hello world"))
			opt.Rate, opt.Arrivals, opt.Connections, opt.Seed = 1000, arrivals, 5, 3
			opt.WarmUp = 20 * time.Millisecond
			due := int64(0)
			for s := newSchedule(opt.Rate, arrivals, opt.Seed); s.next() < opt.Duration; due++ {
			}
			res, err := run(t.Context(), opt)
			if err != nil {
				t.Fatal(err)
			}
			if !res.Good() || res.Answered != due || res.Mode != "open" || res.Service == nil {
				t.Errorf("%s: answered %d, failed %d, unsent %d, mode %s, want %d, 0, 0, open",
					arrivals, res.Answered, res.Failed, res.Unsent, res.Mode, due)
			}
			if res.Seconds < 0.08 {
				t.Errorf("%s: the last answer came after %f s, want that requests wait for their moments", arrivals, res.Seconds)
			}
		}
	})
}

// This is the reason for open load: a server that stops once for 100 ms made
// every client in that time wait, but closed load asked only once meanwhile.
func TestOpen_seesAStallThatClosedHides(t *testing.T) {
	const stall = 100 * time.Millisecond
	stalling := func() fasthttp.RequestHandler {
		var n atomic.Int64
		return func(rc *fasthttp.RequestCtx) {
			if n.Add(1) == 50 {
				time.Sleep(stall)
			}
			hello(rc)
		}
	}
	// A third of the requests of open load are due during the stall, so a quarter
	// waits longer than a fifth of it.
	least := micros(stall) / 5
	opt := options(nil, get("/", "hello world"))
	opt.Connections, opt.Duration = 1, 300*time.Millisecond
	opt.URL = serve(t, stalling())
	closed, err := Run(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if closed.Latency.P90 >= least || closed.Latency.Max < micros(stall) {
		t.Errorf("closed load: p90 = %.0f µs, max = %.0f, want the stall in the maximum only", closed.Latency.P90, closed.Latency.Max)
	}
	onEachOpen(t, func(t *testing.T, run runner) {
		opt := opt
		opt.URL, opt.Rate = serve(t, stalling()), 1000
		open, err := run(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if open.Answered != 300 {
			t.Fatalf("%d answers, want every one of the 300 that were due", open.Answered)
		}
		if open.Latency.P90 < least {
			t.Errorf("p90 = %.0f µs, want %.0f at least", open.Latency.P90, least)
		}
		if open.Service.P90 >= least || open.Lateness.P90 >= least {
			t.Errorf("p90 from sending = %.0f µs, of lateness %.0f, want less than %.0f", open.Service.P90, open.Lateness.P90, least)
		}
	})
}

// Two connections have an answer every 5 ms, so the server falls behind by 150 ms
// until the last of 100 requests is due.
func TestOpen_countsTheWaitForAServerThatIsTooSlow(t *testing.T) {
	onEachOpen(t, func(t *testing.T, run runner) {
		opt := options(serve(t, func(rc *fasthttp.RequestCtx) { time.Sleep(5 * time.Millisecond); hello(rc) }), get("/", "hello world"))
		opt.Rate = 1000
		res, err := run(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if !res.Good() || res.Answered != 100 {
			t.Fatalf("answered %d, failed %d, unsent %d, want 100, 0, 0", res.Answered, res.Failed, res.Unsent)
		}
		if least := micros(149 * time.Millisecond); res.Latency.Max < least {
			t.Errorf("max = %.0f µs, want %.0f at least", res.Latency.Max, least)
		}
		if res.Lateness.P90 > res.Latency.P50 {
			t.Errorf("p90 of lateness = %.0f µs, p50 of latency %.0f: the server's is the harness's", res.Lateness.P90, res.Latency.P50)
		}
	})
}

func TestOpen_givesUpAServerThatNeverCatchesUp(t *testing.T) {
	onEachOpen(t, func(t *testing.T, run runner) {
		opt := options(serve(t, func(rc *fasthttp.RequestCtx) { time.Sleep(20 * time.Millisecond); hello(rc) }), get("/", "hello world"))
		opt.Rate, opt.Connections, opt.Duration, opt.Patience = 5000, 3, 50*time.Millisecond, 50*time.Millisecond
		res, err := run(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if res.Good() || res.Answered+res.Failed+res.Unsent != 250 || res.Unsent < 200 {
			t.Errorf("answered %d, failed %d, unsent %d of 250 due", res.Answered, res.Failed, res.Unsent)
		}
	})
}

func TestOpen_usesEveryConnection(t *testing.T) {
	onEachOpen(t, func(t *testing.T, run runner) {
		var ids idSet
		opt := options(serve(t, func(rc *fasthttp.RequestCtx) { ids.add(rc.ConnID()); hello(rc) }), get("/", "hello world"))
		opt.Rate, opt.Connections = 400, 7
		if res, err := run(t.Context(), opt); err != nil || !res.Good() || ids.len() != opt.Connections {
			t.Errorf("%v, %d of %d connections were used, %+v", err, ids.len(), opt.Connections, res)
		}
	})
}

// What fails fails at its moment, and keeps no other from its own.
func TestOpen_goesOnWhenTheServerIsGone(t *testing.T) {
	onEachOpen(t, func(t *testing.T, run runner) {
		opt := options(serve(t, hello), get("/", "hello world"))
		opt.URL.Host, opt.KeepAlive, opt.Rate, opt.Duration = "127.0.0.1:1", false, 100_000, 20*time.Millisecond
		res, err := run(t.Context(), opt)
		if err != nil || res.Failed != 2000 || res.Answered != 0 || res.Unsent != 0 {
			t.Errorf("%v, %+v, want 2000 failures", err, res)
		}
	})
}

func TestOpen_endsWithItsContextBetweenArrivals(t *testing.T) {
	onEachOpen(t, func(t *testing.T, run runner) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		opt := options(serve(t, hello), get("/", "hello world"))
		opt.Rate, opt.Duration = 0.001, time.Hour
		var first sync.Once
		opt.Tell = func(p Progress) {
			if p.Answered > 0 {
				first.Do(cancel)
			}
		}
		if _, err := run(ctx, opt); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want %v", err, context.Canceled)
		}
	})
}
