package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/bench/session"
)

func newBenchCallsCommand() *cobra.Command {
	var c benchCalls
	cmd := &cobra.Command{
		Use:   "calls",
		Short: "Time cold, first and warm calls",
		Long: "Time single calls of a function in each state: the first after a deploy, the first after a restart of\n" +
			"the server, one that finds no instance, and warm ones.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	c.load.register(cmd)
	c.server.register(cmd)
	c.out.register(cmd)
	cmd.Flags().IntVar(&c.times, "times", 5, "how often each state is made")
	return cmd
}

// benchCalls is one run of the verb.
type benchCalls struct {
	load   loadFlags
	server benchServerFlags
	out    outputFlags
	times  int
}

func (c *benchCalls) run(cmd *cobra.Command) (err error) {
	if c.server.app != "" {
		c.load.takeAny()
	}
	opt, err := c.load.options()
	if err != nil {
		return err
	}
	if c.times < 1 || c.times > 1000 {
		return &usageError{fmt.Errorf("--times must be 1 to 1000")}
	}
	show := startBenchProgress(cmd.OutOrStdout(), cmd.ErrOrStderr())
	defer show.end()
	o, clean, err := c.server.open(cmd.Context(), c.load.twin())
	if err != nil {
		return err
	}
	defer func() { err = joined(err, clean()) }()
	if o.App == "" {
		return errors.New("there is no app to call: name one with --app, or install clang for a small function in C")
	}
	s := c.out.session(cmd, c.load.name("single calls"))
	calls := session.Calls{Target: *o, Request: opt.Requests[0], Times: c.times, Say: show.say}
	if s.Calls, err = calls.Run(cmd.Context()); err != nil {
		return err
	}
	show.end()
	return c.out.write(cmd.OutOrStdout(), s)
}
