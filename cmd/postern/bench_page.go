package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/bench/report"
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

// writePage writes a session's page to a file.
func writePage(name string, s *result.Session) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := report.Page(file, s); err != nil {
		return errors.Join(fmt.Errorf("write page: %w", err), file.Close())
	}
	return file.Close()
}

// show writes the result to w, for a person or for a program.
func (f *outputFlags) show(w io.Writer, s *result.Session) error {
	if f.json {
		return writeJSON(w, s)
	}
	return report.Text(w, s)
}
