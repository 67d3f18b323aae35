package main

import (
	"fmt"
	goruntime "runtime"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/abi"
)

// versionReport is what `postern version --json` prints.
type versionReport struct {
	Version  string `json:"version"`
	ABI      int    `json:"abi"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func newVersionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := versionReport{version(), abi.Version, goruntime.Version(), goruntime.GOOS + "/" + goruntime.GOARCH}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), r)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "postern %s, ABI %d, %s %s\n", r.Version, r.ABI, r.Go, r.Platform)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
