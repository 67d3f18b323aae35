package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/gateway/deploy"
)

func newExplainCommand() *cobra.Command {
	var where connection
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain METHOD URL",
		Short: "Say which route a request takes, and why",
		Long: "Say which route, version, limits and policy apply to a request, and why.\n" +
			"URL is a whole one, or a path for a request without a host of its own.",
		Example: "  postern explain GET /greet/ann\n  postern explain POST https://greeter.example/greet/ann",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return &usageError{errors.New("explain takes METHOD and URL")}
			}
			return nil
		},
		ValidArgsFunction: completeMethods,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := where.open()
			if err != nil {
				return err
			}
			query := url.Values{"method": {args[0]}, "url": {args[1]}}
			var e deploy.Explanation
			if err := client.get(cmd.Context(), &e, query, "explain"); err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), e)
			}
			return writeExplanation(cmd.OutOrStdout(), &e)
		},
	}
	where.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func completeMethods(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"}, cobra.ShellCompDirectiveNoFileComp
}

// writeExplanation tells the decisions in order, then what they led to.
func writeExplanation(w io.Writer, e *deploy.Explanation) error {
	var text strings.Builder
	for i, step := range e.Steps {
		fmt.Fprintf(&text, "%d. %s\n", i+1, step)
	}
	if _, err := fmt.Fprintln(w, text.String()); err != nil {
		return err
	}
	if !e.Found || e.Route == nil {
		_, err := fmt.Fprintf(w, "no route takes %s %s\n", e.Method, e.URL)
		return err
	}
	if err := writeTable(w, routeRows([]deploy.Route{*e.Route})); err != nil || e.Function == nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "\nversion %s\n", short(e.Version)); err != nil {
		return err
	}
	return writeTable(w, functionRows([]deploy.Function{*e.Function}))
}
