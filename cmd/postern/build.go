package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

func newBuildCommand() *cobra.Command {
	var out string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "build [DIR]",
		Short: "Build the functions of the app in DIR and try their modules",
		Long: "Build the functions of the app in DIR (default: this folder) that have a source, and try every\n" +
			"module the way a server does: what it would refuse is refused here.",
		Args:              atMostOneArg("DIR"),
		ValidArgsFunction: completeFolders,
		RunE: func(cmd *cobra.Command, args []string) error {
			modules, err := build(cmd, folderOf(args), out)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), modules)
			}
			return writeTable(cmd.OutOrStdout(), moduleRows(modules))
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "folder for the modules (default: DIR/"+outDir+")")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// outDir is the folder for what is built, inside the folder of the app.
const outDir = ".postern"

func build(cmd *cobra.Command, dir, out string) ([]triedModule, error) {
	if out == "" {
		out = filepath.Join(dir, outDir)
		if err := makeIgnored(out); err != nil {
			return nil, err
		}
	}
	app, err := during(cmd.ErrOrStderr(), "build "+dir, func() (*builtApp, error) {
		return buildApp(cmd.Context(), dir, out)
	})
	if err != nil {
		return nil, err
	}
	return during(cmd.ErrOrStderr(), "try the modules", func() ([]triedModule, error) {
		return tryModules(cmd.Context(), app)
	})
}

// during shows that something is under way while act does it.
func during[T any](w io.Writer, what string, act func() (T, error)) (T, error) {
	waiting := startWait(w, what)
	defer waiting.end()
	return act()
}

// makeIgnored makes a folder that git does not look into.
func makeIgnored(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make folder for modules: %w", err)
	}
	path := filepath.Join(dir, ".gitignore")
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, []byte("*\n"), 0o644)
}

func moduleRows(modules []triedModule) [][]string {
	rows := [][]string{{"FUNCTION", "MODULE", "SIZE", "KIND", "TOOLCHAIN", "RESET"}}
	for _, m := range modules {
		reset := m.Reset
		if m.Reason != "" {
			reset += " (" + m.Reason + ")"
		}
		rows = append(rows, []string{m.Function, m.File, size(m.Bytes), m.Kind, m.Toolchain, reset})
	}
	return rows
}
