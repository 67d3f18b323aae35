package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/gateway/admin"
	"github.com/postern-dev/postern/gateway/deploy"
)

func newInvokeCommand() *cobra.Command {
	var where connection
	var app, event string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "invoke FUNCTION",
		Short: "Call a function with an event and print its reply",
		Long: "Call a function with an event and print its reply as the function gave it.\n" +
			"Without --app, the function is looked for in every app in service.",
		Args:              oneArg("FUNCTION"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := where.open()
			if err != nil {
				return err
			}
			text, err := readEvent(cmd.InOrStdin(), event)
			if err != nil {
				return err
			}
			if app == "" {
				if app, err = client.findFunction(cmd.Context(), args[0]); err != nil {
					return err
				}
			}
			var done deploy.Invocation
			if err := client.post(cmd.Context(), &done, text, "apps", app, "functions", args[0], "invoke"); err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), done)
			}
			return writeInvocation(cmd.OutOrStdout(), cmd.ErrOrStderr(), &done)
		},
	}
	where.register(cmd)
	cmd.Flags().StringVar(&app, "app", "", "app of the function")
	cmd.Flags().StringVar(&event, "event", "", "file with the event as JSON, - for standard input (default: the event {})")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print reply, version, duration and memory as JSON")
	if err := cmd.RegisterFlagCompletionFunc("app", func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return where.completeApps(cmd, nil, typed)
	}); err != nil {
		panic(err) // the flag exists
	}
	return cmd
}

// readEvent reads the file that --event names.
func readEvent(in io.Reader, name string) ([]byte, error) {
	switch name {
	case "":
		return nil, nil
	case "-":
		text, err := io.ReadAll(in)
		if err != nil {
			return nil, fmt.Errorf("read event from standard input: %w", err)
		}
		return text, nil
	default:
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read event: %w", err)
		}
		return text, nil
	}
}

// findFunction returns the one app that has a function of this name.
func (c *client) findFunction(ctx context.Context, function string) (string, error) {
	var apps admin.AppList
	if err := c.get(ctx, &apps, nil, "apps"); err != nil {
		return "", err
	}
	var found []string
	for _, app := range apps.Apps {
		var list admin.FunctionList
		if err := c.get(ctx, &list, nil, "apps", app.Name, "functions"); err != nil {
			return "", err
		}
		for _, f := range list.Functions {
			if f.Name == function {
				found = append(found, app.Name)
			}
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("no app in service has a function %q\n  hint: `postern apps functions APP` lists the functions of an app", function)
	case 1:
		return found[0], nil
	}
	return "", &usageError{errors.New("several apps have a function " + function + ": say --app " + strings.Join(found, " or --app "))}
}

// writeInvocation prints the reply alone to out, so that a script can read it,
// and the rest to say.
func writeInvocation(out, say io.Writer, done *deploy.Invocation) error {
	reply := done.Reply
	if !strings.HasSuffix(reply, "\n") {
		reply += "\n"
	}
	if _, err := io.WriteString(out, reply); err != nil {
		return err
	}
	_, err := fmt.Fprintf(say, "request %s, version %s, %s, memory %s\n",
		done.RequestID, short(done.Version), milliseconds(done.DurationMs), size(int64(done.Memory)))
	return err
}
