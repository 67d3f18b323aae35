package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/bench/result"
)

func newBenchPageCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "page RESULT.json PAGE.html",
		Short: "Make a page with plots of a result",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return &usageError{fmt.Errorf("page takes a result and the page to write")}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := result.Read(args[0])
			if err != nil {
				return err
			}
			return writePage(args[1], s)
		},
	}
	return cmd
}
