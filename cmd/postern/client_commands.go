package main

import "github.com/spf13/cobra"

// clientCommands returns the verbs that build apps and talk to a server.
func clientCommands() []*cobra.Command {
	return []*cobra.Command{
		newNewCommand(),
		newBuildCommand(),
		newDeployCommand(),
		newAppsCommand(),
		newInvokeCommand(),
		newLogsCommand(),
		newRollbackCommand(),
		newExplainCommand(),
		newVersionCommand(),
	}
}
