package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/postern-dev/postern/abi/fault"
)

// noArgs refuses any argument.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &usageError{fmt.Errorf("unexpected argument %q", args[0])}
	}
	return nil
}

// oneArg asks for exactly one argument, called name.
func oneArg(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return &usageError{fmt.Errorf("%s is missing", name)}
		case len(args) > 1:
			return &usageError{fmt.Errorf("unexpected argument %q after %s", args[1], name)}
		}
		return nil
	}
}

// describe is an error as a person at a terminal reads it: the message of a
// fault with what to do about it, and the text of anything else.
func describe(err error) string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		text := ""
		for i, e := range joined.Unwrap() {
			if i > 0 {
				text += "\n"
			}
			text += describe(e)
		}
		return text
	}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code == fault.Internal {
		return err.Error()
	}
	text := f.Message + " (" + string(f.Code) + ")"
	if f.Hint != "" {
		text += "\n  hint: " + f.Hint
	}
	return text
}

// version is the version of this program, as the build recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
