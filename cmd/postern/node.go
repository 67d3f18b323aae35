package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	goruntime "runtime"
	"sync"
	"time"

	"github.com/postern-dev/postern/gateway"
	"github.com/postern-dev/postern/gateway/admin"
	"github.com/postern-dev/postern/gateway/config"
	"github.com/postern-dev/postern/gateway/deploy"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/runtime/journal"
	"github.com/postern-dev/postern/runtime/meter"
	"github.com/postern-dev/postern/runtime/registry"
)

// tokenFile is the name of the admin API's token in the data directory.
const tokenFile = "admin-token"

// Limits that nobody needed to change yet: functions of a module, and header
// fields of a request.
const (
	maxFunctions = 200_000
	maxFields    = 256
)

// sweepEvery is how often modules that nothing needs are removed.
const sweepEvery = time.Hour

// node is one running server: everything wired together. Start it with
// startNode and end it with Close.
type node struct {
	conf     config.Server
	log      serverLog
	registry *registry.Registry
	journal  *journal.Journal
	engine   *runtime.Engine
	apps     *deploy.Apps
	gateway  *gateway.Server
	admin    *admin.Server

	gatewayAddr, adminAddr string // where it listens
	tokenPath              string

	failed chan error // what ends the node though nobody asked it to
	done   sync.WaitGroup
	cancel context.CancelFunc
}

// startNode opens the data directory, puts its apps into service and listens.
func startNode(ctx context.Context, conf config.Server, log serverLog) (*node, error) {
	n := &node{conf: conf, log: log, failed: make(chan error, 2)}
	if err := n.open(ctx); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	if err := n.listen(); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	ctx, n.cancel = context.WithCancel(context.WithoutCancel(ctx))
	n.done.Go(func() { n.sweep(ctx) })
	return n, nil
}

func (n *node) open(ctx context.Context) error {
	c := &n.conf
	var err error
	if n.registry, err = registry.Open(ctx, registry.Default(c.Data.Dir)); err != nil {
		return fmt.Errorf("open data directory %s: %w", c.Data.Dir, err)
	}
	n.journal = journal.New(n.journalOptions())
	ids := &runtime.IDs{}
	counts := meter.New()
	if n.engine, err = runtime.Open(n.engineOptions(ids, counts)); err != nil {
		return err
	}
	n.apps, err = deploy.Open(ctx, deploy.Options{
		Registry:  n.registry,
		Engine:    n.engine,
		IDs:       ids,
		Flavours:  gateway.Flavours(),
		MaxModule: int64(c.Admin.MaxModule),
		Deleted:   n.journal.Forget,
		Log:       n.log.Logger,
	})
	if err != nil {
		return err
	}
	n.gateway = gateway.New(n.gatewayOptions(ids, counts))
	return n.openAdmin(func(w io.Writer) { n.writeMetrics(w, counts) })
}

func (n *node) journalOptions() journal.Options {
	o := journal.Default()
	o.Lines = n.conf.Journal.Lines
	return o
}

// compilers is how many modules are compiled at once: as configured, or half
// of the cores.
func compilers(configured int) int {
	if configured > 0 {
		return configured
	}
	return max(goruntime.GOMAXPROCS(0)/2, 1)
}

func (n *node) engineOptions(ids *runtime.IDs, counts *meter.Meter) runtime.Options {
	c := &n.conf
	limits := capsOf(&c.Engine)
	if limits.instances < c.Engine.Instances {
		n.log.Warn().Int("configured", c.Engine.Instances).Int("instances", limits.instances).
			Msg("engine.instances is more than the system has room for; vm.max_map_count decides")
	}
	opt := runtime.Options{
		Modules:      n.registry.ReadModule,
		Journal:      n.journal,
		Meter:        counts,
		IDs:          ids,
		Log:          n.log.Logger,
		Compilers:    compilers(c.Engine.Compilers),
		MaxModule:    int64(c.Admin.MaxModule),
		MaxFunctions: maxFunctions,
		MaxMemory:    limits.maxMemory,
		Memory:       limits.memory,
		Instances:    limits.instances,
		Idle:         c.Engine.Idle,
		Code:         c.Engine.Code,
		CodeIdle:     c.Engine.CodeIdle,
	}
	if c.Engine.Cache != "" {
		opt.CacheDir = filepath.Join(c.Data.Dir, c.Engine.Cache)
	}
	return opt
}

func (n *node) gatewayOptions(ids *runtime.IDs, counts *meter.Meter) gateway.Options {
	g, l := &n.conf.Gateway, &n.conf.Log
	return gateway.Options{
		Apps:                     n.apps,
		Engine:                   n.engine,
		IDs:                      ids,
		Meter:                    counts,
		Log:                      n.log.Logger,
		MaxBody:                  int(g.MaxBody),
		MaxHeader:                int(g.MaxHeader),
		MaxFields:                maxFields,
		ReadTimeout:              g.ReadTimeout,
		WriteTimeout:             g.WriteTimeout,
		IdleTimeout:              g.IdleTimeout,
		MaxConnections:           g.MaxConnections,
		MaxConnectionsPerIP:      g.MaxConnectionsPerIP,
		MaxRequestsPerConnection: g.MaxRequestsPerConnection,
		TrustedProxies:           g.TrustedProxies,
		Access:                   n.log.access,
		AccessSample:             l.AccessSample,
	}
}

func (n *node) openAdmin(metrics func(io.Writer)) error {
	n.tokenPath = filepath.Join(n.conf.Data.Dir, tokenFile)
	token, err := admin.OpenToken(n.tokenPath)
	if err != nil {
		return err
	}
	limits := admin.DefaultLimits()
	limits.MaxUpload = int64(n.conf.Admin.MaxUpload)
	limits.MaxModule = int64(n.conf.Admin.MaxModule)
	limits.MaxUnpacked = int64(n.conf.Admin.MaxUnpacked)
	limits.MaxFiles = n.conf.Admin.MaxFiles
	n.admin, err = admin.New(admin.Options{
		Token:   token,
		Spool:   filepath.Join(n.conf.Data.Dir, "spool"),
		Version: version(),
		Limits:  limits,
		Apps:    n.apps,
		Journal: n.journal,
		Metrics: metrics,
		Ready:   n.gateway.Ready,
		Log:     n.log.Logger,
	})
	return err
}

// listen opens both listeners and serves them.
func (n *node) listen() error {
	front, err := net.Listen("tcp", n.conf.Gateway.Listen)
	if err != nil {
		return fmt.Errorf("listen on gateway.listen: %w", err)
	}
	back, err := net.Listen("tcp", n.conf.Admin.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("listen on admin.listen: %w", err), front.Close())
	}
	n.gatewayAddr, n.adminAddr = front.Addr().String(), back.Addr().String()
	n.done.Go(func() { n.failed <- n.gateway.Serve(front) })
	n.done.Go(func() { n.failed <- n.admin.Serve(back) })
	return nil
}

func (n *node) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := n.apps.Sweep(ctx); err != nil {
				n.log.Error().Err(err).Msg("sweep")
			}
		case <-ctx.Done():
			return
		}
	}
}

// run serves until ctx ends or a listener fails, then drains.
func (n *node) run(ctx context.Context) error {
	var failure error
	select {
	case <-ctx.Done():
	case failure = <-n.failed:
	}
	return errors.Join(failure, n.Close())
}

// Close stops accepting, lets the calls in flight finish for as long as
// gateway.drain says, ends those that are left and closes everything. It may
// be called on a node that did not start whole.
func (n *node) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), n.conf.Gateway.Drain)
	defer cancel()
	var errs []error
	if n.gateway != nil {
		errs = append(errs, n.gateway.Shutdown(ctx))
	}
	if n.admin != nil {
		errs = append(errs, n.admin.Shutdown(ctx))
	}
	if n.cancel != nil {
		n.cancel()
	}
	n.done.Wait()
	if n.engine != nil {
		errs = append(errs, n.engine.Close())
	}
	if n.registry != nil {
		errs = append(errs, n.registry.Close())
	}
	return errors.Join(errs...)
}

// writeMetrics writes the numbers for a scrape; a scraper that went away needs
// no answer.
func (n *node) writeMetrics(w io.Writer, counts *meter.Meter) {
	if err := counts.WritePrometheus(w); err != nil {
		n.log.Debug().Err(err).Msg("write metrics")
	}
}
