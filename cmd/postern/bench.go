package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/bench/load"
	"github.com/postern-dev/postern/bench/result"
	"github.com/postern-dev/postern/bench/session"
	"github.com/postern-dev/postern/bench/target"
)

func newBenchCommand() *cobra.Command {
	b := &bench{}
	cmd := &cobra.Command{
		Use:   "bench [URL]",
		Short: "Put load on a server and measure it",
		Long: "Put load on the server at URL, or on one of ours that is started for it, and measure it.\n\n" +
			"With --rate requests are due at fixed moments, and latencies count from those (open load);\n" +
			"without it, each connection sends its next request when it has an answer (closed load).\n" +
			"--climb looks for the highest rate whose latency keeps within --bound.\n\n" +
			"A wrong answer or an error fails the run. The load shares its machine with the servers\n" +
			"that it starts: compare figures of one run, not of two machines.",
		Args: atMostOneArg("URL"),
		RunE: func(cmd *cobra.Command, args []string) error { return b.run(cmd, args) },
	}
	b.load.register(cmd)
	b.server.register(cmd)
	b.out.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&b.climb, "climb", "", "rates to climb, FROM:TO per second")
	flags.Float64Var(&b.factor, "factor", 1.5, "from one rate of the climb to the next")
	flags.StringVar(&b.bound, "bound", "p99=10ms", "what a latency must not exceed: p50, p90, p99, p99.9 or max")
	flags.BoolVar(&b.wrk, "wrk", false, "ask wrk for a second opinion, when it is here")
	flags.BoolVar(&b.remote, "remote", false, "allow a URL that is not on this machine; load only what is yours to load")
	cmd.AddCommand(newBenchCompareCommand(), newBenchGateCommand(), newBenchGrowthCommand(), newBenchCallsCommand(),
		newBenchPageCommand(), newBenchTwinCommand())
	return cmd
}

// bench is one run of the verb.
type bench struct {
	load   loadFlags
	server benchServerFlags
	out    outputFlags

	climb  string
	factor float64
	bound  string
	wrk    bool
	remote bool
}

func (b *bench) run(cmd *cobra.Command, args []string) error {
	if len(args) == 1 || b.server.app != "" {
		b.load.takeAny()
	}
	opt, err := b.load.options()
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	show := startBenchProgress(cmd.OutOrStdout(), cmd.ErrOrStderr())
	defer show.end()
	opt.Tell = show.tell
	server, done, err := b.open(ctx, args, show)
	if err != nil {
		return err
	}
	defer func() { done() }()
	opt.URL = server.URL
	s := b.out.session(cmd, b.load.name(server.Name))
	before, err := scrape(ctx, server)
	if err != nil {
		return err
	}
	if b.climb != "" {
		err = b.findRate(ctx, s, opt, show)
	} else {
		show.say("load " + server.Name)
		err = b.measure(ctx, s, server, opt)
	}
	if err != nil {
		return err
	}
	after, err := scrape(ctx, server)
	if err != nil {
		return err
	}
	s.Steps = session.StepsBetween(before, after)
	show.end()
	return b.out.write(cmd.OutOrStdout(), s)
}

func (b *bench) measure(ctx context.Context, s *result.Session, server *target.Server, opt load.Options) error {
	res, err := load.Run(ctx, opt)
	if err != nil {
		return err
	}
	s.Runs = []result.Run{{Target: server.Name, Version: server.Version, Load: res}}
	if !b.wrk || !res.Good() {
		return nil
	}
	opinion, err := session.SecondOpinion(ctx, server.URL, &opt, res.Throughput)
	if errors.Is(err, target.ErrAbsent) {
		opinion, err = "no second opinion: "+err.Error(), nil
	}
	s.Notes = append(s.Notes, opinion)
	return err
}

// open returns the server to measure: the one at the URL, or a new one.
func (b *bench) open(ctx context.Context, args []string, show *benchProgress) (*target.Server, func(), error) {
	if len(args) == 1 {
		base, err := b.address(args[0])
		return &target.Server{Name: args[0], URL: base}, func() {}, err
	}
	o, clean, err := b.server.open(ctx, b.load.twin())
	if err != nil {
		return nil, nil, err
	}
	show.say("start a server")
	server, err := target.Spec{Name: "postern", Kind: "postern"}.Start(ctx, o)
	if err != nil {
		return nil, nil, errors.Join(err, clean())
	}
	return server, func() { _ = errors.Join(server.Close(), clean()) }, nil
}

// address reads a URL, which must be on this machine unless the user says that
// another one is meant.
func (b *bench) address(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	if err != nil || base.Host == "" {
		return nil, &usageError{fmt.Errorf("%q is not an address like http://127.0.0.1:8080", text)}
	}
	ip := net.ParseIP(base.Hostname())
	if !b.remote && base.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, &usageError{fmt.Errorf("%s is not on this machine; --remote allows it, for servers that are yours to load", base.Hostname())}
	}
	return base, nil
}

func (b *bench) findRate(ctx context.Context, s *result.Session, opt load.Options, show *benchProgress) error {
	c := load.Climb{Factor: b.factor, Refine: 4, Tries: 2}
	from, to, _ := strings.Cut(b.climb, ":")
	var errs [2]error
	c.From, errs[0] = strconv.ParseFloat(from, 64)
	c.To, errs[1] = strconv.ParseFloat(to, 64)
	quantile, most, _ := strings.Cut(b.bound, "=")
	latency, err := time.ParseDuration(most)
	if err := errors.Join(errs[0], errs[1], err); err != nil {
		return &usageError{fmt.Errorf("--climb is like 1000:50000 and --bound like p99=10ms: %w", err)}
	}
	c.Bound = load.Bound{Quantile: load.Quantile(quantile), Latency: latency}
	s.Ladder, err = load.FindRate(ctx, c, func(ctx context.Context, rate float64) (*load.Result, error) {
		show.say(fmt.Sprintf("%.0f/s", rate))
		opt.Rate = rate
		return load.Run(ctx, opt)
	})
	return err
}

// scrape reads the metrics of a server of ours; of others there are none.
func scrape(ctx context.Context, server *target.Server) (session.Scrape, error) {
	if server.Admin == nil {
		return nil, nil
	}
	return session.ReadScrape(ctx, server.Admin, server.Token)
}

// benchServerFlags say which server of ours is started.
type benchServerFlags struct {
	app, binary string
	patience    time.Duration
}

func (f *benchServerFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.app, "app", "", "folder of the app to serve (default: a small function in C, which needs clang)")
	cmd.Flags().StringVar(&f.binary, "binary", "", "the build of postern to start (default: this one)")
	cmd.Flags().DurationVar(&f.patience, "start-patience", 2*time.Minute, "until a server must be ready, deploys included")
}

// open returns what targets have in common, and what removes their files. The
// app is made when none is named and clang is here; without both, targets that
// need it say so.
func (f *benchServerFlags) open(ctx context.Context, twin target.Twin) (*target.Options, func() error, error) {
	o := &target.Options{Program: f.binary, App: f.app, Twin: twin, Patience: f.patience}
	var err error
	if o.Program == "" {
		if o.Program, err = os.Executable(); err != nil {
			return nil, nil, fmt.Errorf("find this program: %w", err)
		}
	}
	if o.Dir, err = os.MkdirTemp("", "postern-bench-*"); err != nil {
		return nil, nil, fmt.Errorf("make a folder for the servers: %w", err)
	}
	clean := func() error { return os.RemoveAll(o.Dir) }
	if o.App == "" {
		o.App, err = target.FunctionApp(ctx, functionKind(twin), o.Dir)
		if err != nil && !errors.Is(err, target.ErrAbsent) {
			return nil, nil, errors.Join(err, clean())
		}
	}
	return o, clean, nil
}
