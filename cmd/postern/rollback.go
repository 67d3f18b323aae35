package main

import (
	"encoding/json"
	"errors"
	"fmt"

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
				return &usageError{errors.New("APP is missing")}
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
				order.Version = args[1]
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
