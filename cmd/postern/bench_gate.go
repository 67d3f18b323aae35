package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/bench/session"
	"github.com/postern-dev/postern/bench/target"
)

func newBenchGateCommand() *cobra.Command {
	var g benchGate
	cmd := &cobra.Command{
		Use:   "gate",
		Short: "Fail when this build is slower than another one",
		Long: "Compare this build, or --head, with the build --base, or with --base-commit, in one run. The base runs twice, as two servers:\n" +
			"how far the two stray from each other is the noise of this run, and only what is worse than the\n" +
			"noise fails.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return g.run(cmd) },
	}
	g.load.register(cmd)
	g.server.register(cmd)
	g.out.register(cmd)
	cmd.Flags().StringVar(&g.base, "base", "", "the build of postern before the change")
	cmd.Flags().StringVar(&g.commit, "base-commit", "", "build the base from this commit of the repository here, such as HEAD~1")
	cmd.Flags().StringVar(&g.head, "head", "", "the build with the change (default: this one)")
	cmd.Flags().IntVar(&g.rounds, "rounds", 7, "how often each target has its turn")
	return cmd
}

// benchGate is one run of the verb.
type benchGate struct {
	benchCompare
	base, commit, head string
}

func (g *benchGate) run(cmd *cobra.Command) (err error) {
	if (g.base == "") == (g.commit == "") {
		return &usageError{errors.New("name the build to compare with by --base, or its commit by --base-commit")}
	}
	if g.rounds < 3 {
		return &usageError{errors.New("--rounds must be 3 at least, or there is no noise to measure")}
	}
	head := g.head
	if head == "" {
		if head, err = executable(); err != nil {
			return err
		}
	}
	if g.commit != "" {
		dir, tempErr := os.MkdirTemp("", "postern-base-*")
		if tempErr != nil {
			return fmt.Errorf("make a folder for the base: %w", tempErr)
		}
		defer func() { err = joined(err, os.RemoveAll(dir)) }()
		if g.base, err = target.Build(cmd.Context(), ".", g.commit, dir); err != nil {
			return err
		}
	}
	return g.judge(cmd, head)
}

// judge compares the builds and fails when the head is worse.
func (g *benchGate) judge(cmd *cobra.Command, head string) error {
	s, err := g.compare(cmd, session.GateSpecs(g.base, head), "gate: "+g.load.name(""))
	if err != nil {
		return err
	}
	if err := g.out.write(cmd.OutOrStdout(), s); err != nil {
		return err
	}
	verdicts, err := session.Judge(s.Compare)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		if _, err := fmt.Fprintln(cmd.ErrOrStderr(), v); err != nil {
			return err
		}
	}
	if worse := session.Worse(verdicts); worse != "" {
		return fmt.Errorf("this build is slower than its base beyond the noise: %s", worse)
	}
	return nil
}
