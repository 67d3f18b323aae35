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
	apps := func([]string) []string { return []string{"apps"} }
	cmd := &cobra.Command{
		Use:   "apps",
		Short: "List the apps in service, or what they are made of",
		Args:  noArgs,
		RunE:  listing(&where, &asJSON, apps, func(l *admin.AppList) [][]string { return appRows(l.Apps) }),
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

// listing is what a verb does that gets a list L from the server, by a path that
// depends on the arguments, and shows it.
func listing[L any](where *connection, asJSON *bool, path func(args []string) []string, rows func(*L) [][]string) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		client, err := where.open()
		if err != nil {
			return err
		}
		var list L
		if err := client.get(cmd.Context(), &list, nil, path(args)...); err != nil {
			return err
		}
		return show(cmd, *asJSON, list, rows(&list))
	}
}

// ofApp is the path of a list of the app that the first argument names.
func ofApp(list string) func([]string) []string {
	return func(args []string) []string { return []string{"apps", args[0], list} }
}

func newAppVersionsCommand(where *connection, asJSON *bool) *cobra.Command {
	return &cobra.Command{
		Use:               "versions APP",
		Short:             "List the versions of an app, the newest first",
		Args:              oneArg("APP"),
		ValidArgsFunction: where.completeApps,
		RunE:              listing(where, asJSON, ofApp("versions"), func(l *admin.VersionList) [][]string { return versionRows(l.Versions) }),
	}
}

func newAppFunctionsCommand(where *connection, asJSON *bool) *cobra.Command {
	return &cobra.Command{
		Use:               "functions APP",
		Short:             "List the functions of an app with their limits",
		Args:              oneArg("APP"),
		ValidArgsFunction: where.completeApps,
		RunE:              listing(where, asJSON, ofApp("functions"), func(l *admin.FunctionList) [][]string { return functionRows(l.Functions) }),
	}
}

func newAppRoutesCommand(where *connection, asJSON *bool) *cobra.Command {
	path := func(args []string) []string {
		if len(args) > 0 {
			return ofApp("routes")(args)
		}
		return []string{"routes"}
	}
	return &cobra.Command{
		Use:               "routes [APP]",
		Short:             "List the routes of an app, or all routes",
		Args:              atMostOneArg("APP"),
		ValidArgsFunction: where.completeApps,
		RunE:              listing(where, asJSON, path, func(l *admin.RouteList) [][]string { return routeRows(l.Routes) }),
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
