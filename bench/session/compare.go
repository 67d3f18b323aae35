package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/postern-dev/postern/bench/load"
	"github.com/postern-dev/postern/bench/result"
	"github.com/postern-dev/postern/bench/target"
)

// Compare puts the same load on several targets in alternation: A B C, A B C
// and so on. They run side by side, and each rests while the others work.
type Compare struct {
	Specs  []target.Spec // the first one is what the others are held against
	Target target.Options
	Load   load.Options // without an address
	Rounds int
	// Half names a target whose throughput under closed load is found first.
	// Then the load is open, at half of that rate. "" leaves the load as it is.
	Half string
	Say  func(string) // what goes on, for a person; never nil
}

// Run starts the targets and compares them. Those that this machine doesn't
// have are left out and named in the notes; the first one must be there.
func (c *Compare) Run(ctx context.Context) (_ *result.Comparison, notes []string, err error) {
	servers, notes, err := startAll(ctx, c.Specs, &c.Target, c.Say)
	defer func() { err = errors.Join(err, closeAll(servers)) }()
	if err != nil {
		return nil, notes, err
	}
	if servers[0].Name != c.Specs[0].Name {
		return nil, notes, fmt.Errorf("the first target, %s, is what the others are held against, and it is absent", c.Specs[0].Name)
	}
	opt := c.Load
	if c.Half != "" {
		if opt.Rate, err = c.half(ctx, servers); err != nil {
			return nil, notes, err
		}
		notes = append(notes, fmt.Sprintf("open load at %.0f/s, half of what %s bears as closed load", opt.Rate, c.Half))
	}
	before, err := scrapeAll(ctx, servers)
	if err != nil {
		return nil, notes, err
	}
	targets, err := alternate(ctx, servers, opt, c.Rounds, c.Say)
	if err != nil {
		return nil, notes, err
	}
	after, err := scrapeAll(ctx, servers)
	if err != nil {
		return nil, notes, err
	}
	for i := range targets {
		targets[i].Steps = StepsBetween(before[i], after[i])
	}
	return result.NewComparison(targets), notes, nil
}

// half is half of the throughput of the target that Half names.
func (c *Compare) half(ctx context.Context, servers []*target.Server) (float64, error) {
	for _, s := range servers {
		if s.Name != c.Half {
			continue
		}
		c.Say("find what " + s.Name + " bears")
		opt := c.Load
		opt.URL, opt.Rate = s.URL, 0
		res, err := load.Run(ctx, opt)
		switch {
		case err != nil:
			return 0, fmt.Errorf("load %s: %w", s.Name, err)
		case !res.Good():
			return 0, fmt.Errorf("%s answered wrongly: %+v", s.Name, res.Failures)
		}
		return res.Throughput / 2, nil
	}
	return 0, fmt.Errorf("there is no target %s to take half of", c.Half)
}

// startAll starts targets one after the other. The servers have to be closed
// even when there is an error.
func startAll(ctx context.Context, specs []target.Spec, o *target.Options, say func(string)) (servers []*target.Server, notes []string, err error) {
	for _, spec := range specs {
		say("start " + spec.Name)
		s, err := spec.Start(ctx, o)
		if errors.Is(err, target.ErrAbsent) {
			notes = append(notes, fmt.Sprintf("left out %s: %v", spec.Name, err))
			continue
		}
		if err != nil {
			return servers, notes, err
		}
		servers = append(servers, s)
	}
	if len(servers) == 0 {
		return nil, notes, errors.New("none of the targets is on this machine")
	}
	return servers, notes, nil
}

// scrapeAll reads the metrics of those servers that have an admin API.
func scrapeAll(ctx context.Context, servers []*target.Server) ([]Scrape, error) {
	scrapes := make([]Scrape, len(servers))
	for i, s := range servers {
		if s.Admin == nil {
			continue
		}
		var err error
		if scrapes[i], err = ReadScrape(ctx, s.Admin, s.Token); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return scrapes, nil
}

func closeAll(servers []*target.Server) error {
	var errs []error
	for _, s := range servers {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// alternate loads the servers in turn.
func alternate(ctx context.Context, servers []*target.Server, opt load.Options, rounds int, say func(string)) ([]result.Target, error) {
	targets := make([]result.Target, len(servers))
	for i, s := range servers {
		targets[i] = result.Target{Name: s.Name, Version: s.Version}
	}
	for round := range rounds {
		for i, s := range servers {
			say(fmt.Sprintf("round %d of %d: %s", round+1, rounds, s.Name))
			opt.URL = s.URL
			res, err := load.Run(ctx, opt)
			if err != nil {
				return nil, fmt.Errorf("load %s: %w", s.Name, err)
			}
			targets[i].Rounds = append(targets[i].Rounds, res)
			if !res.Good() {
				return targets, nil // what is wrong won't get better, and it counts
			}
		}
	}
	return targets, nil
}
