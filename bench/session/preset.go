package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/postern-dev/postern/bench/functions"
	"github.com/postern-dev/postern/bench/load"
	"github.com/postern-dev/postern/bench/result"
	"github.com/postern-dev/postern/bench/scenario"
	"github.com/postern-dev/postern/bench/target"
)

// Preset names a question of growth.
type Preset string

// The presets there are.
const (
	Density     Preset = "density"     // 1 to 10,000 functions
	Routes      Preset = "routes"      // 10 to 100,000 routes
	Bodies      Preset = "bodies"      // bodies of 0 to 6 MB, there and back
	Connections Preset = "connections" // 1 to 10,000 connections
)

// Growth measures a server of ours at several sizes, a new server for each.
type Growth struct {
	Preset Preset
	Target target.Options
	Load   load.Options // without address and requests
	Sizes  []int        // nil for those of the preset
	Say    func(string) // what goes on, for a person; never nil
}

// sizes are the sizes of the presets.
var sizes = map[Preset][]int{
	Density:     {1, 100, 1000, 10_000},
	Routes:      {10, 1000, 10_000, 100_000},
	Bodies:      {0, 1 << 10, 64 << 10, 1 << 20, 6_000_000},
	Connections: {1, 10, 100, 1000, 10_000},
}

// Limits of generated apps: what one manifest holds comfortably, and what a
// body of base64 leaves of an event's six megabytes.
const (
	routesPerApp    = 5000
	functionsPerApp = 1000
	slots           = 64
	backlog         = 20_000
)

// Run measures every size. The sizes before a failure are returned with it.
func (g *Growth) Run(ctx context.Context) (cells []result.Cell, err error) {
	list := g.Sizes
	if list == nil {
		list = sizes[g.Preset]
	}
	if list == nil {
		return nil, fmt.Errorf("there is no preset %q", g.Preset)
	}
	kind := functions.Hello
	if g.Preset == Bodies {
		kind = functions.Echo
	}
	module := filepath.Join(g.Target.Dir, string(kind)+".wasm")
	if err := functions.Compile(ctx, kind, module); err != nil {
		return nil, fmt.Errorf("compile the function to measure: %w", err)
	}
	var one *target.Server
	if g.spreads() {
		if one, err = g.start(ctx, g.plan(1), module); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, one.Close()) }()
	}
	for _, size := range list {
		g.Say(fmt.Sprintf("%s: %d", g.Preset, size))
		more, err := g.measure(ctx, one, module, size)
		if err != nil {
			return cells, fmt.Errorf("%s %d: %w", g.Preset, size, err)
		}
		cells = append(cells, more...)
	}
	return cells, nil
}

// plan is one size: which apps, and which load.
type plan struct {
	apps []functions.App
	load load.Options
}

func (g *Growth) plan(size int) plan {
	p := plan{load: g.Load}
	p.load.Requests = []*load.Request{{Path: "/", Expect: load.Expect{Body: []byte("hello world")}}}
	one := functions.App{Name: "bench", Functions: 1, Slots: slots, Backlog: backlog}
	switch g.Preset {
	case Density:
		p.spread(size, functionsPerApp, func(share int) (functions, routes int) { return share, share })
	case Routes:
		p.spread(size, routesPerApp, func(share int) (functions, routes int) { return 1, share })
	case Bodies:
		body := scenario.Body(size)
		p.apps = []functions.App{one}
		p.load.Requests = []*load.Request{{Method: "POST", Path: "/", Body: body,
			Header: []load.Field{{Name: "Content-Type", Value: "text/plain"}}, Expect: load.Expect{Echo: true}}}
		p.load.Connections = min(p.load.Connections, max(1, 64<<20/(size+1)))
	default:
		p.apps = []functions.App{one}
		p.load.Connections = size
	}
	return p
}

// spread divides size among as many apps as it takes with at most so much each,
// with a request for the routes of each.
func (p *plan) spread(size, most int, divide func(share int) (functions, routes int)) {
	p.load.Requests = nil
	for first := 0; first < size; first += most {
		share := min(most, size-first)
		name := "bench" + strconv.Itoa(first/most)
		app := functions.App{Name: name, Prefix: "/" + name, Slots: slots, Backlog: backlog}
		app.Functions, app.Routes = divide(share)
		p.apps = append(p.apps, app)
		p.load.Requests = append(p.load.Requests, &load.Request{
			Path: "/" + name + "/r/" + load.NumberMark, Numbers: share, Weight: share,
			Expect: load.Expect{Body: []byte("hello world")},
		})
	}
}

// spreads reports whether the preset grows what a load can ask for one or all of.
func (g *Growth) spreads() bool { return g.Preset == Density || g.Preset == Routes }

// start starts a server with the apps of a plan.
func (g *Growth) start(ctx context.Context, p plan, module string) (*target.Server, error) {
	server, err := target.StartEmpty(ctx, &g.Target, g.Target.Program)
	if err != nil {
		return nil, err
	}
	for _, app := range p.apps {
		if err := g.deploy(ctx, server, app, module); err != nil {
			return nil, errors.Join(err, server.Close())
		}
	}
	return server, nil
}

// measure measures one size on a server of its own; one is a server with one of
// what grows, to hold it against.
func (g *Growth) measure(ctx context.Context, one *target.Server, module string, size int) (cells []result.Cell, err error) {
	p := g.plan(size)
	begun := time.Now()
	server, err := g.start(ctx, p, module)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	cell := result.Cell{Axis: string(g.Preset), Size: size, Deploy: time.Since(begun).Seconds()}
	if one != nil {
		return g.alternate(ctx, cell, one, server, p)
	}
	p.load.URL = server.URL
	err = g.fill(ctx, &cell, server, p.load)
	return []result.Cell{cell}, err
}

// fill puts the load on the server and its figures into the cell.
func (g *Growth) fill(ctx context.Context, cell *result.Cell, server *target.Server, opt load.Options) error {
	res, err := load.Run(ctx, opt)
	if err != nil {
		return err
	}
	cell.Memory = server.Memory()
	cell.Throughput, cell.P50, cell.P99 = res.Throughput, res.Latency.P50, res.Latency.P99
	blame(cell, res)
	return nil
}

// blame notes in the cell what was wrong.
func blame(cell *result.Cell, res *load.Result) {
	if res.Good() {
		return
	}
	cell.Failed, cell.Why = cell.Failed+res.Failed+res.Unsent, "no answer at all"
	if len(res.Failures) > 0 {
		cell.Why = res.Failures[0].Problem
	}
}

func (g *Growth) deploy(ctx context.Context, server *target.Server, app functions.App, module string) error {
	dir, err := os.MkdirTemp(g.Target.Dir, "app-*")
	if err != nil {
		return err
	}
	if err := app.Write(dir, module); err != nil {
		return err
	}
	return server.Deploy(ctx, dir)
}
