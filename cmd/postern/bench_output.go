package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/bench/report"
	"github.com/postern-dev/postern/bench/result"
)

// errWrongAnswers ends a measurement whose figures mean nothing.
var errWrongAnswers = errors.New("answers were wrong, so this is no result")

// outputFlags say what becomes of the figures.
type outputFlags struct {
	json  bool
	out   string
	html  string
	save  bool
	dir   string
	title string
}

func (f *outputFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.json, "json", false, "print the result as JSON")
	flags.StringVar(&f.out, "out", "", "also write the result as JSON to this file")
	flags.StringVar(&f.html, "html", "", "also write a page with plots to this file")
	flags.BoolVar(&f.save, "save", false, "keep the figures below --results, in a file named by machine, commit and title; one that is there stays, beside it")
	flags.StringVar(&f.dir, "results", "bench/results", "the folder for --save")
	flags.StringVar(&f.title, "title", "", "what to call the result (default: what was measured, and the flags that were set)")
}

// session begins the result, which is about what. Its title has the flags that
// the user set, so that titles of different measurements differ.
func (f *outputFlags) session(cmd *cobra.Command, what string) *result.Session {
	title := f.title
	if title == "" {
		title = what + settings(cmd)
	}
	return &result.Session{
		Title: title, Started: time.Now().UTC().Truncate(time.Second),
		Commit: result.Commit(cmd.Context(), "."), Machine: result.ThisMachine(),
	}
}

// settings are the flags that the user set, as in ", connections 64, half bare".
// The name of the load and the targets stand in a title anyway.
func settings(cmd *cobra.Command) string {
	var b strings.Builder
	say := func(value func(text string) string, names ...string) {
		for _, name := range names {
			if flag := cmd.Flags().Lookup(name); flag != nil && flag.Changed {
				fmt.Fprintf(&b, ", %s %s", name, value(flag.Value.String()))
			}
		}
	}
	say(filepath.Base, "app", "binary", "base", "head") // where they lie is not for others to read
	say(func(text string) string { return text },
		"base-commit", "sizes", "climb", "factor", "bound", "half", "connections", "rate", "arrivals", "duration", "warm-up", "rounds", "times",
		"keep-alive", "method", "path", "header", "answer", "status", "match", "patience", "seed")
	return b.String()
}

// write shows and keeps the result, and fails when it is none.
func (f *outputFlags) write(w io.Writer, s *result.Session) error {
	if err := f.show(w, s); err != nil {
		return err
	}
	if f.out != "" {
		if err := s.Write(f.out); err != nil {
			return err
		}
	}
	if f.html != "" {
		if err := writePage(f.html, s); err != nil {
			return err
		}
	}
	if problem := s.Problem(); problem != "" {
		return fmt.Errorf("%w:\n%s", errWrongAnswers, problem)
	}
	if !f.save {
		return nil
	}
	_, err := s.Keep(f.dir)
	return err
}

// show writes the result to w, for a person or for a program.
func (f *outputFlags) show(w io.Writer, s *result.Session) error {
	if f.json {
		return writeJSON(w, s)
	}
	return report.Text(w, s)
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
