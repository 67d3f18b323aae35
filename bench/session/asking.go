package session

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/postern-dev/postern/bench/load"
	"github.com/postern-dev/postern/bench/result"
	"github.com/postern-dev/postern/bench/target"
)

// asking is which of the functions or routes a load asks for.
type asking string

const (
	asksOne  asking = "one"  // the last one: what it costs to find it
	asksAll  asking = "all"  // all alike, in no order: what it costs to keep them
	asksZipf asking = "zipf" // some much more often than others, as clients do
)

// askings are all of them.
func askings() []asking { return []asking{asksOne, asksAll, asksZipf} }

// zipfExponent gives the first ten of 10,000 two in five of all requests.
const zipfExponent = 1.1

// of returns the requests of a plan as they are asked.
func (a asking) of(requests []*load.Request) []*load.Request {
	if a == asksOne {
		last := requests[len(requests)-1]
		return []*load.Request{numbered(last, last.Numbers-1)}
	}
	if a == asksAll {
		return requests
	}
	var list []*load.Request
	rank := 0
	for _, r := range requests {
		some := *r
		some.Zipf, some.Rank = zipfExponent, rank
		some.Weight = zipfWeight(rank, some.Numbers)
		list = append(list, &some)
		rank += some.Numbers
	}
	return list
}

// numbered is a request for one number.
func numbered(r *load.Request, number int) *load.Request {
	one := *r
	one.Path = strings.ReplaceAll(r.Path, load.NumberMark, strconv.Itoa(number))
	one.Numbers, one.Weight = 0, 0
	return &one
}

// zipfWeight is the share of so many ranks from the first on, in millionths of
// that of rank 0.
func zipfWeight(first, count int) int {
	share := 0.0
	for rank := first; rank < first+count; rank++ {
		share += math.Pow(float64(1+rank), -zipfExponent)
	}
	return max(int(math.Round(share*1e6)), 1)
}

// turns is how often each way to ask is measured, by turns with the server that
// has one of what grows.
const turns = 3

// alternate measures the server in all ways to ask, each held against the
// server with one in the same turn.
func (g *Growth) alternate(ctx context.Context, cell result.Cell, one, server *target.Server, p plan) (cells []result.Cell, err error) {
	opt := p.load
	opt.Duration = max(opt.Duration/turns, time.Millisecond)
	rounds := make([]result.Target, 1+len(askings()))
	for _, a := range askings() {
		c := cell
		c.Asks = string(a)
		cells = append(cells, c)
	}
	for range turns {
		at := opt
		at.URL, at.Requests = one.URL, asksOne.of(g.plan(1).load.Requests)
		res, err := load.Run(ctx, at)
		if err != nil {
			return nil, err
		}
		if !res.Good() {
			return nil, fmt.Errorf("the server with one to hold it against answers wrongly: %+v", res.Failures)
		}
		rounds[0].Rounds = append(rounds[0].Rounds, res)
		at.URL = server.URL
		for i, a := range askings() {
			at.Requests = a.of(p.load.Requests)
			if res, err = load.Run(ctx, at); err != nil {
				return nil, err
			}
			rounds[i+1].Rounds = append(rounds[i+1].Rounds, res)
			cells[i].Memory = max(cells[i].Memory, server.Memory())
			blame(&cells[i], res)
		}
	}
	first, err := g.first(ctx, server, p)
	if err != nil {
		return nil, err
	}
	for i := range cells {
		ratio := result.NewPair(rounds[i+1], rounds[0]).Throughput
		cells[i].Ratio, cells[i].First = &ratio, first
		cells[i].Throughput = medianOf(rounds[i+1], func(r *load.Result) float64 { return r.Throughput })
		cells[i].P50 = medianOf(rounds[i+1], func(r *load.Result) float64 { return r.Latency.P50 })
		cells[i].P99 = medianOf(rounds[i+1], func(r *load.Result) float64 { return r.Latency.P99 })
	}
	return cells, nil
}

func medianOf(t result.Target, figure func(*load.Result) float64) float64 {
	values := make([]float64, 0, len(t.Rounds))
	for _, r := range t.Rounds {
		values = append(values, figure(r))
	}
	return result.Median(values)
}

// firstCalls is how many functions are called for the first time, at most.
const firstCalls = 100

// first starts the server again, so that no function is loaded, and returns the
// median of the first calls of some, in microseconds; 0 where functions don't
// grow.
func (g *Growth) first(ctx context.Context, server *target.Server, p plan) (float64, error) {
	if g.Preset != Density {
		return 0, nil
	}
	if err := server.Restart(ctx); err != nil {
		return 0, err
	}
	var took []float64
	for _, r := range p.load.Requests {
		each := (firstCalls + len(p.load.Requests) - 1) / len(p.load.Requests)
		for number := 0; number < r.Numbers && number < each; number++ {
			times, err := load.Time(ctx, server.URL, numbered(r, number), 1)
			if err != nil {
				return 0, fmt.Errorf("first call: %w", err)
			}
			took = append(took, float64(times[0])/float64(time.Microsecond))
		}
	}
	return result.Median(took), nil
}
