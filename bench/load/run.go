package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"time"
)

// Options says which load to put on which server.
type Options struct {
	URL         *url.URL // its path stands before those of the requests
	Requests    []*Request
	Connections int
	Rate        float64       // requests due per second; 0 is closed load
	Arrivals    Arrivals      // open load only
	Duration    time.Duration // of the measurement
	WarmUp      time.Duration // before it, with the same load; its latencies are forgotten
	Count       int64         // of requests, at most; 0 is as many as the duration holds
	KeepAlive   bool          // use a connection for more than one request
	Patience    time.Duration // the wait for one answer, at least
	Seed        uint64        // of the choice among requests
	// Tell is called a few times a second with how far the run is; nil for
	// nobody.
	Tell func(Progress)
}

// Arrivals says how the moments of an open load lie.
type Arrivals string

// Kinds of arrivals.
const (
	Even   Arrivals = "even"   // at equal distances
	Random Arrivals = "random" // at random distances, as from many independent clients
)

// Progress is how far a run is.
type Progress struct {
	Share    float64 // of the whole, 0 to 1
	Answered int64   // since the warm-up or the measurement began
}

// Limits of a run.
const (
	maxConnections = 20_000
	maxRate        = 10_000_000
	overtime       = 2 // an open load may take this many times its duration to send all
)

// check refuses options that mean nothing.
func (o *Options) check() error {
	switch {
	case o.URL == nil || o.URL.Host == "" || (o.URL.Scheme != "http" && o.URL.Scheme != "https"):
		return errors.New("the target needs an address like http://127.0.0.1:8080")
	case len(o.Requests) == 0:
		return errors.New("there are no requests to send")
	case o.Connections < 1 || o.Connections > maxConnections:
		return fmt.Errorf("connections must be 1 to %d", maxConnections)
	case o.Rate < 0 || o.Rate > maxRate:
		return fmt.Errorf("the rate must be 0 to %d", maxRate)
	case o.Duration <= 0 || o.WarmUp < 0 || o.Patience <= 0 || o.Count < 0:
		return errors.New("duration and patience must be positive, warm-up and count not negative")
	}
	return nil
}

// generator is one run: its engine, and with it the connections, outlive the
// warm-up.
type generator struct {
	opt      Options
	messages []*message
	chooser  chooser
	engine   engine
}

// Run puts the load on the server and returns what it measured, also when
// answers were wrong: look at [Result.Good]. An error means that there is no
// result.
func Run(ctx context.Context, opt Options) (*Result, error) { return run(ctx, opt, newEngine) }

// run runs a load with an engine that choose gives it.
func run(ctx context.Context, opt Options, choose func(*generator) engine) (*Result, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	g := &generator{opt: opt}
	for _, r := range opt.Requests {
		m, err := newMessage(r, opt.URL, opt.KeepAlive)
		if err != nil {
			return nil, err
		}
		g.messages = append(g.messages, m)
	}
	g.chooser = newChooser(opt.Requests)
	g.engine = choose(g)
	defer g.engine.close()
	if err := g.engine.connect(ctx); err != nil {
		return nil, err
	}
	var warm *Result
	if opt.WarmUp > 0 {
		warm = g.phase(ctx, opt.WarmUp, 0)
	}
	res := g.phase(ctx, opt.Duration, opt.Count)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if warm != nil {
		res.Failed += warm.Failed
		res.Unsent += warm.Unsent
		res.Failures = append(warm.Failures, res.Failures...)
		res.Failures = res.Failures[:min(len(res.Failures), maxExample)]
	}
	return res, nil
}

// phase runs the load for length and returns what it measured.
func (g *generator) phase(ctx context.Context, length time.Duration, count int64) *Result {
	start := time.Now()
	open := openness(g.opt.Rate > 0)
	rec := newRecorder(start, length, g.opt.Connections, len(g.messages), open)
	stop := g.tell(rec, length)
	unsent := g.engine.run(ctx, rec, length, count)
	stop()
	res := rec.result(g.messages)
	res.Mode, res.Connections, res.KeepAlive, res.Unsent = "closed", g.opt.Connections, g.opt.KeepAlive, unsent
	if open {
		res.Mode, res.Rate = "open", g.opt.Rate
	}
	return res
}

// tellEvery is how often somebody hears of a run's progress.
const tellEvery = 200 * time.Millisecond

// tell begins to tell how far the phase is, and returns what ends it.
func (g *generator) tell(rec *recorder, length time.Duration) (stop func()) {
	if g.opt.Tell == nil {
		return func() {}
	}
	ended := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() {
		tick := time.NewTicker(tellEvery)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				share := min(float64(now.Sub(rec.start))/float64(length), 1)
				g.opt.Tell(Progress{Share: share, Answered: rec.count()})
			case <-ended:
				return
			}
		}
	})
	return func() { close(ended); telling.Wait() }
}

// chooser chooses among requests by weight.
type chooser struct {
	ends  []int // of each request's share; the last one is the sum of all
	total int
}

func newChooser(requests []*Request) chooser {
	var c chooser
	for _, r := range requests {
		c.total += max(r.Weight, 1)
		c.ends = append(c.ends, c.total)
	}
	return c
}

// choose returns the index of a request.
func (c *chooser) choose(random *rand.Rand) int {
	if len(c.ends) == 1 {
		return 0
	}
	at := random.IntN(c.total)
	for i, end := range c.ends {
		if at < end {
			return i
		}
	}
	return len(c.ends) - 1
}
