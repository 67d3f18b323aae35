package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// atMostOneArg refuses a second argument after the one called name.
func atMostOneArg(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return &usageError{fmt.Errorf("unexpected argument %q after %s", args[1], name)}
		}
		return nil
	}
}

// folderOf is the folder that the arguments name, the current one for none.
func folderOf(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

// completeFolders offers folders to a shell.
func completeFolders(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}
