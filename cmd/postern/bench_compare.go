package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/bench/result"
	"github.com/postern-dev/postern/bench/session"
	"github.com/postern-dev/postern/bench/target"
)

func newBenchCompareCommand() *cobra.Command {
	var c benchCompare
	cmd := &cobra.Command{
		Use:   "compare",
		Short: "Compare servers under the same load, in alternation",
		Long: "Start several servers and put the same load on them in alternation, A B C A B C and so on.\n" +
			"The ratios are against the first one. Those that this machine doesn't have are left out, visibly.\n\n" +
			"A target is NAME or NAME=KIND or NAME=KIND:ARGUMENT:\n" +
			"  postern          this program with --app, or a small function in C\n" +
			"  app:FOLDER       this program with another app\n" +
			"  function:NAME    this program with a function in C, hello or echo\n" +
			"  binary:FILE      another build of this program\n" +
			"  bare, nethttp    native twins with fasthttp and with Go's net/http\n" +
			"  node, workerd    twins in JavaScript\n" +
			"  nginx            a fixed answer\n" +
			"  url:ADDRESS      a server that runs already\n" +
			"  cmd:COMMAND      any command; {port} in it is the port that it shall use",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	c.load.register(cmd)
	c.server.register(cmd)
	c.out.register(cmd)
	cmd.Flags().StringArrayVarP(&c.targets, "target", "t", []string{"bare", "postern", "nethttp", "node", "workerd", "nginx"}, "a server to compare; more than once for more")
	cmd.Flags().IntVar(&c.rounds, "rounds", 5, "how often each target has its turn")
	cmd.Flags().StringVar(&c.half, "half", "", "open load, at half of what this `TARGET` bears")
	return cmd
}

// benchCompare is one run of the verb.
type benchCompare struct {
	load    loadFlags
	server  benchServerFlags
	out     outputFlags
	targets []string
	rounds  int
	half    string
}

func (c *benchCompare) run(cmd *cobra.Command) error {
	specs, err := c.specs()
	if err != nil {
		return err
	}
	names := make([]string, len(specs))
	for i, spec := range specs {
		names[i] = spec.Name
	}
	s, err := c.compare(cmd, specs, c.load.name("compared: "+strings.Join(names, ", ")))
	if err != nil {
		return err
	}
	return c.out.write(cmd.OutOrStdout(), s)
}

// compare runs the comparison, which is about what.
func (c *benchCompare) compare(cmd *cobra.Command, specs []target.Spec, what string) (_ *result.Session, err error) {
	opt, err := c.load.options()
	if err != nil {
		return nil, err
	}
	if c.rounds < 1 || c.rounds > 1000 {
		return nil, &usageError{fmt.Errorf("--rounds must be 1 to 1000")}
	}
	show := startBenchProgress(cmd.OutOrStdout(), cmd.ErrOrStderr())
	defer show.end()
	opt.Tell = show.tell
	o, clean, err := c.server.open(cmd.Context(), c.load.twin())
	if err != nil {
		return nil, err
	}
	defer func() { err = joined(err, clean()) }()
	s := c.out.session(cmd, what)
	compare := session.Compare{Specs: specs, Target: *o, Load: opt, Rounds: c.rounds, Half: c.half, Say: show.say}
	s.Compare, s.Notes, err = compare.Run(cmd.Context())
	return s, err
}

func (c *benchCompare) specs() ([]target.Spec, error) {
	var specs []target.Spec
	taken := map[string]bool{}
	for _, text := range c.targets {
		spec, err := target.Parse(text)
		if err != nil {
			return nil, &usageError{err}
		}
		if taken[spec.Name] {
			return nil, &usageError{fmt.Errorf("there are two targets called %s", spec.Name)}
		}
		taken[spec.Name] = true
		specs = append(specs, spec)
	}
	if c.load.scenario != "" && !c.load.changed("target") {
		return nil, &usageError{errScenarioTwin}
	}
	return specs, nil
}
