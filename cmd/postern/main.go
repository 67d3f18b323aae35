// Command postern builds, serves, deploys and watches HTTP functions compiled
// to WebAssembly. It wires the packages together and does nothing else itself.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitFailure = 1
	exitUsage   = 2
	exitRefused = 3 // the server did not do it and said why
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, newRoot(), os.Args[1:]))
}

// run runs the verb that args name and returns the exit code.
func run(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(root.ErrOrStderr(), "postern: "+describe(err))
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[*refusedError](err); ok {
		return exitRefused
	}
	return exitFailure
}

// newRoot returns the command with all of its verbs.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "postern",
		Short: "Run HTTP functions compiled to WebAssembly",
		Long: "Postern runs HTTP functions compiled to WebAssembly, each with clean memory and limits that hold.\n\n" +
			"Exit codes: 0 done, 1 failed, 2 called in the wrong way, 3 refused by the server.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
		Args:          knownVerb,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(newServeCommand(), newDevCommand(), newBenchCommand())
	root.AddCommand(clientCommands()...)
	return root
}

// knownVerb refuses a verb that does not exist, and says which one may be meant.
func knownVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("there is no verb %q; `postern --help` lists them", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("there is no verb %q; is %q meant?", args[0], near[0])
	}
	return &usageError{err}
}

// usageError is a mistake in how the command was called.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }
