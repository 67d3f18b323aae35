package session

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/postern-dev/postern/bench/load"
	"github.com/postern-dev/postern/bench/result"
	"github.com/postern-dev/postern/bench/target"
)

// Calls times calls that find a function in different states.
type Calls struct {
	Target  target.Options // with the app
	Request *load.Request
	Times   int          // how often each state is made
	Say     func(string) // what goes on, for a person; never nil
}

// Kinds of calls.
const (
	AfterDeploy  = "first after a deploy"
	AfterRestart = "first after a restart"
	Cold         = "cold: no instance left"
	Warm         = "warm"
)

// idle is how long an instance lives without a call while calls are timed, and
// evicted how long it takes until it is surely gone.
const (
	idle    = 200 * time.Millisecond
	evicted = 4 * idle
	warm    = 50 // calls after each first one
)

// Run starts a server of ours and times its calls.
func (c *Calls) Run(ctx context.Context) (_ []result.Call, err error) {
	o := c.Target
	o.Config += "\n[engine]\nidle = \"" + idle.String() + "\"\n"
	times := map[string][]float64{}
	for i := range c.Times {
		c.Say(fmt.Sprintf("server %d of %d", i+1, c.Times))
		if err := c.once(ctx, &o, times); err != nil {
			return nil, err
		}
	}
	var calls []result.Call
	for _, kind := range []string{AfterDeploy, AfterRestart, Cold, Warm} {
		s := result.NewSpread(times[kind])
		calls = append(calls, result.Call{Kind: kind, Count: len(times[kind]), Median: s.Median, Min: s.Min, Max: s.Max})
	}
	return calls, nil
}

// once takes one server through all states.
func (c *Calls) once(ctx context.Context, o *target.Options, times map[string][]float64) (err error) {
	server, err := target.StartEmpty(ctx, o, o.Program)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if err := server.Deploy(ctx, o.App); err != nil {
		return err
	}
	if err := c.time(ctx, server.URL, AfterDeploy, times); err != nil {
		return err
	}
	select {
	case <-time.After(evicted):
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := c.time(ctx, server.URL, Cold, times); err != nil {
		return err
	}
	if err := server.Restart(ctx); err != nil {
		return err
	}
	return c.time(ctx, server.URL, AfterRestart, times)
}

// time times a first call on a fresh connection that is there already, and the
// warm calls after it.
func (c *Calls) time(ctx context.Context, base *url.URL, kind string, times map[string][]float64) error {
	took, err := load.Time(ctx, base, c.Request, 1+warm)
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	inMicros := make([]float64, len(took))
	for i, d := range took {
		inMicros[i] = float64(d) / float64(time.Microsecond)
	}
	times[kind] = append(times[kind], inMicros[0])
	times[Warm] = append(times[Warm], slices.Clone(inMicros[1+warm/2:])...)
	return nil
}
