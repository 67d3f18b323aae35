package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/gateway/admin"
)

func newAppsCommand() *cobra.Command {
	var where connection
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "apps",
		Short: "List the apps in service, or what they are made of",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := where.open()
			if err != nil {
				return err
			}
			var list admin.AppList
			if err := client.get(cmd.Context(), &list, nil, "apps"); err != nil {
				return err
			}
			return show(cmd, asJSON, list, appRows(list.Apps))
		},
	}
	where.register(cmd)
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.AddCommand(
		newAppVersionsCommand(&where, &asJSON),
		newAppFunctionsCommand(&where, &asJSON),
		newAppRoutesCommand(&where, &asJSON),
		newAppDeleteCommand(&where),
	)
	return cmd
}

func newAppVersionsCommand(where *connection, asJSON *bool) *cobra.Command {
	return &cobra.Command{
		Use:               "versions APP",
		Short:             "List the versions of an app, the newest first",
		Args:              oneArg("APP"),
		ValidArgsFunction: where.completeApps,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := where.open()
			if err != nil {
				return err
			}
			var list admin.VersionList
			if err := client.get(cmd.Context(), &list, nil, "apps", args[0], "versions"); err != nil {
				return err
			}
			return show(cmd, *asJSON, list, versionRows(list.Versions))
		},
	}
}

func newAppFunctionsCommand(where *connection, asJSON *bool) *cobra.Command {
	return &cobra.Command{
		Use:               "functions APP",
		Short:             "List the functions of an app with their limits",
		Args:              oneArg("APP"),
		ValidArgsFunction: where.completeApps,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := where.open()
			if err != nil {
				return err
			}
			var list admin.FunctionList
			if err := client.get(cmd.Context(), &list, nil, "apps", args[0], "functions"); err != nil {
				return err
			}
			return show(cmd, *asJSON, list, functionRows(list.Functions))
		},
	}
}

func newAppRoutesCommand(where *connection, asJSON *bool) *cobra.Command {
	return &cobra.Command{
		Use:               "routes [APP]",
		Short:             "List the routes of an app, or all routes",
		Args:              atMostOneArg("APP"),
		ValidArgsFunction: where.completeApps,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := where.open()
			if err != nil {
				return err
			}
			path := []string{"routes"}
			if len(args) > 0 {
				path = []string{"apps", args[0], "routes"}
			}
			var list admin.RouteList
			if err := client.get(cmd.Context(), &list, nil, path...); err != nil {
				return err
			}
			return show(cmd, *asJSON, list, routeRows(list.Routes))
		},
	}
}

func newAppDeleteCommand(where *connection) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:               "delete APP --yes",
		Short:             "Take an app out of service for good",
		Args:              oneArg("APP"),
		ValidArgsFunction: where.completeApps,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				return &usageError{errors.New("deleting " + args[0] + " can't be undone; say --yes to do it")}
			}
			client, err := where.open()
			if err != nil {
				return err
			}
			req, err := client.request(cmd.Context(), "DELETE", nil, nil, "apps", args[0])
			if err != nil {
				return err
			}
			if err := client.exchange(req, nil); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is deleted\n", args[0])
			return err
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do it")
	return cmd
}

// show prints value as JSON for a script, or rows for a person.
func show(cmd *cobra.Command, asJSON bool, value any, rows [][]string) error {
	if asJSON {
		return writeJSON(cmd.OutOrStdout(), value)
	}
	if len(rows) == 1 {
		_, err := fmt.Fprintln(cmd.ErrOrStderr(), "nothing there")
		return err
	}
	return writeTable(cmd.OutOrStdout(), rows)
}
