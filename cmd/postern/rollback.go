package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/gateway/admin"
	"github.com/postern-dev/postern/gateway/deploy"
)

func newRollbackCommand() *cobra.Command {
	var where connection
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "rollback APP [VERSION]",
		Short: "Put an older version of an app into service",
		Long: "Put an older version of an app into service: the one before, or the one whose digest begins with VERSION.\n" +
			"`postern apps versions APP` lists them.",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return &usageError{fmt.Errorf("APP is missing")}
			case len(args) > 2:
				return &usageError{fmt.Errorf("unexpected argument %q after VERSION", args[2])}
			}
			return nil
		},
		ValidArgsFunction: where.completeApps,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := where.open()
			if err != nil {
				return err
			}
			var order admin.RollbackOrder
			if len(args) == 2 {
				if order.Version, err = client.findVersion(cmd.Context(), args[0], args[1]); err != nil {
					return err
				}
			}
			body, err := json.Marshal(order)
			if err != nil {
				return err
			}
			var report deploy.Report
			if err := client.post(cmd.Context(), &report, body, "apps", args[0], "rollback"); err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), report)
			}
			return writeReport(cmd.OutOrStdout(), &report)
		},
	}
	where.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
}

// findVersion returns the digest that begins with prefix.
func (c *client) findVersion(ctx context.Context, app, prefix string) (string, error) {
	var list admin.VersionList
	if err := c.get(ctx, &list, nil, "apps", app, "versions"); err != nil {
		return "", err
	}
	found := ""
	for _, v := range list.Versions {
		switch {
		case v.Version == prefix:
			return prefix, nil
		case !strings.HasPrefix(v.Version, prefix) || v.Version == found:
		case found != "":
			return "", &usageError{fmt.Errorf("several versions of %s begin with %s", app, prefix)}
		default:
			found = v.Version
		}
	}
	if found == "" {
		return "", fmt.Errorf("%s has no version that begins with %s\n  hint: `postern apps versions %s` lists them", app, prefix, app)
	}
	return found, nil
}
