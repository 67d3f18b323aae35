package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/gateway/deploy"
)

func newDeployCommand() *cobra.Command {
	var where connection
	var d deployment
	cmd := &cobra.Command{
		Use:   "deploy [DIR]",
		Short: "Build the app in DIR and put it into service",
		Long: "Build the app in DIR (default: this folder), send it to the server and put it into service.\n" +
			"The server checks and tries every module first; nothing changes unless all of them are good.",
		Args:              atMostOneArg("DIR"),
		ValidArgsFunction: completeFolders,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := where.open()
			if err != nil {
				return err
			}
			d.client, d.dir = client, folderOf(args)
			d.out, d.say = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return d.run(cmd.Context())
		},
	}
	where.register(cmd)
	cmd.Flags().StringVar(&d.app, "app", "", "refuse to deploy unless the manifest names this app")
	cmd.Flags().BoolVar(&d.json, "json", false, "print the report as JSON")
	return cmd
}

// deployment is one run of the verb.
type deployment struct {
	client *client
	dir    string
	app    string // that the manifest has to name; empty for any
	json   bool
	out    io.Writer // the report
	say    io.Writer // progress
}

func (d *deployment) run(ctx context.Context) (err error) {
	temp, err := os.MkdirTemp("", "postern-deploy-*")
	if err != nil {
		return fmt.Errorf("make a folder for the build: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	building := startWait(d.say, "build "+d.dir)
	app, err := buildApp(ctx, d.dir, temp)
	building.end()
	if err != nil {
		return err
	}
	archive, err := packApp(app.files, temp)
	if err != nil {
		return err
	}
	report, err := d.upload(ctx, archive)
	if err != nil {
		return err
	}
	if d.json {
		return writeJSON(d.out, report)
	}
	return writeReport(d.out, report)
}

// upload sends the archive and waits until the server has tried the modules.
func (d *deployment) upload(ctx context.Context, archive string) (report *deploy.Report, err error) {
	file, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // read only
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	sending := startUpload(d.say, info.Size())
	defer sending.end()
	query := url.Values{}
	if d.app != "" {
		query.Set("app", d.app)
	}
	req, err := d.client.request(ctx, http.MethodPost, query, sending.reader(file), "apps")
	if err != nil {
		return nil, err
	}
	req.ContentLength = info.Size()
	req.Header.Set("Content-Type", "application/zip")
	req.Header.Set("Expect", "100-continue")
	report = &deploy.Report{}
	return report, d.client.exchange(req, report)
}

// writeReport tells a person what is in service now.
func writeReport(w io.Writer, r *deploy.Report) error {
	text := fmt.Sprintf("%s %s is in service", r.App, short(r.Version))
	switch {
	case r.Unchanged:
		text += ", as before"
	case r.Previous != "":
		text += " (before: " + short(r.Previous) + ")"
	}
	if _, err := fmt.Fprintf(w, "%s\n\n", text); err != nil {
		return err
	}
	if err := writeTable(w, functionRows(r.Functions)); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w, primings(r.Functions)); err != nil {
		return err
	}
	return writeTable(w, routeRows(r.Routes))
}

// primings says what each function was primed by, or why it was not, a line each.
func primings(functions []deploy.Function) string {
	var text strings.Builder
	for _, f := range functions {
		switch {
		case f.Primed:
			fmt.Fprintf(&text, "%s is primed by %s\n", f.Name, f.Priming)
		case f.Priming != "":
			fmt.Fprintf(&text, "%s is not primed: %s\n", f.Name, f.Priming)
		}
	}
	return text.String()
}
