package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/bench/session"
)

func newBenchGrowthCommand() *cobra.Command {
	var g benchGrowth
	presets := []string{string(session.Density), string(session.Routes), string(session.Bodies), string(session.Connections)}
	cmd := &cobra.Command{
		Use:   "growth PRESET",
		Short: "Measure a server at growing sizes",
		Long: "Measure a server of ours at growing sizes, a new one for each:\n" +
			"  density      1 to 10,000 functions\n" +
			"  routes       10 to 100,000 routes\n" +
			"  bodies       bodies of 0 to 6 MB, echoed\n" +
			"  connections  1 to 10,000 connections\n" +
			"Functions and routes are asked for in three ways: one of them, all alike, and some much more\n" +
			"often than others (zipf). Each is held against a server with one, in alternation.\n" +
			"It needs clang, which compiles the small function that is measured.",
		Args:      oneArg("PRESET"),
		ValidArgs: presets,
		RunE:      func(cmd *cobra.Command, args []string) error { return g.run(cmd, session.Preset(args[0])) },
	}
	g.load.register(cmd)
	g.server.register(cmd)
	g.out.register(cmd)
	cmd.Flags().IntSliceVar(&g.sizes, "sizes", nil, "the sizes to measure (default: those of the preset)")
	return cmd
}

// benchGrowth is one run of the verb.
type benchGrowth struct {
	load   loadFlags
	server benchServerFlags
	out    outputFlags
	sizes  []int
}

func (g *benchGrowth) run(cmd *cobra.Command, preset session.Preset) (err error) {
	opt, err := g.load.options()
	if err != nil {
		return err
	}
	for _, size := range g.sizes {
		if size < 0 || size > 1_000_000 && preset != session.Bodies {
			return &usageError{fmt.Errorf("the size %d is out of reach", size)}
		}
	}
	show := startBenchProgress(cmd.OutOrStdout(), cmd.ErrOrStderr())
	defer show.end()
	opt.Tell = show.tell
	o, clean, err := g.server.open(cmd.Context(), g.load.twin())
	if err != nil {
		return err
	}
	defer func() { err = joined(err, clean()) }()
	s := g.out.session(cmd, "growth, "+string(preset))
	growth := session.Growth{Preset: preset, Target: *o, Load: opt, Sizes: g.sizes, Say: show.say}
	if s.Cells, err = growth.Run(cmd.Context()); err != nil {
		return err
	}
	show.end()
	return g.out.write(cmd.OutOrStdout(), s)
}
