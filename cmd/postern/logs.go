package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/gateway/admin"
	"github.com/postern-dev/postern/runtime/journal"
)

// maxEvent bounds one server-sent event.
const maxEvent = 4 << 20

func newLogsCommand() *cobra.Command {
	var where connection
	var l logReader
	var function string
	var tail int
	var follow bool
	cmd := &cobra.Command{
		Use:               "logs [APP]",
		Short:             "Print what the functions of an app printed and how their runs ended",
		Long:              "Print what the functions of an app printed and how their runs ended.\nAPP may be left out while one app is in service.",
		Args:              atMostOneArg("APP"),
		ValidArgsFunction: where.completeApps,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if l.client, err = where.open(); err != nil {
				return err
			}
			l.out, l.say = cmd.OutOrStdout(), cmd.ErrOrStderr()
			if l.app, err = l.client.findApp(cmd.Context(), args); err != nil {
				return err
			}
			query := url.Values{"tail": {strconv.Itoa(tail)}}
			if function != "" {
				query.Set("function", function)
			}
			if follow {
				return l.follow(cmd.Context(), query)
			}
			return l.print(cmd.Context(), query)
		},
	}
	where.register(cmd)
	cmd.Flags().StringVar(&function, "function", "", "lines of this function only")
	cmd.Flags().IntVarP(&tail, "tail", "n", 100, "how many of the last lines to print")
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with the lines to come, until interrupted")
	cmd.Flags().BoolVar(&l.json, "json", false, "print one JSON object per line")
	return cmd
}

// findApp returns the app that args name, or the only one in service.
func (c *client) findApp(ctx context.Context, args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	var list admin.AppList
	if err := c.get(ctx, &list, nil, "apps"); err != nil {
		return "", err
	}
	if len(list.Apps) == 1 {
		return list.Apps[0].Name, nil
	}
	if len(list.Apps) == 0 {
		return "", errors.New("no app is in service")
	}
	names := make([]string, 0, len(list.Apps))
	for _, app := range list.Apps {
		names = append(names, app.Name)
	}
	return "", &usageError{fmt.Errorf("APP is missing; in service: %s", strings.Join(names, ", "))}
}

// logReader prints the lines of one app.
type logReader struct {
	client   *client
	app      string
	json     bool
	out, say io.Writer
}

// print prints the last lines.
func (l *logReader) print(ctx context.Context, query url.Values) error {
	var list admin.LineList
	if err := l.client.get(ctx, &list, query, "apps", l.app, "logs"); err != nil {
		return err
	}
	for i := range list.Lines {
		if err := l.line(&list.Lines[i]); err != nil {
			return err
		}
	}
	return nil
}

// follow prints the last lines and those to come. It returns nil when it was
// interrupted or the server shut down in order.
func (l *logReader) follow(ctx context.Context, query url.Values) error {
	query.Set("follow", "true")
	req, err := l.client.request(ctx, http.MethodGet, query, nil, "apps", l.app, "logs")
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "text/event-stream")
	res, err := l.client.send(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer func() { _ = res.Body.Close() }()
	err = l.events(res.Body)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// events reads server-sent events until the one called "end".
func (l *logReader) events(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxEvent)
	name := ""
	for lines.Scan() {
		text := lines.Text()
		if text == "" {
			name = ""
			continue
		}
		if value, ok := strings.CutPrefix(text, "event: "); ok {
			name = value
			continue
		}
		data, ok := strings.CutPrefix(text, "data: ")
		if !ok {
			continue // a comment
		}
		if name == "end" {
			_, err := fmt.Fprintln(l.say, "the server is shutting down")
			return err
		}
		if err := l.event(name, data); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("follow logs of %s: %w", l.app, err)
	}
	return errors.New("the server closed the connection")
}

func (l *logReader) event(name, data string) error {
	switch name {
	case "":
		var line journal.Line
		if err := json.Unmarshal([]byte(data), &line); err != nil {
			return fmt.Errorf("read line: %w", err)
		}
		return l.line(&line)
	case "dropped":
		var dropped admin.Dropped
		if err := json.Unmarshal([]byte(data), &dropped); err != nil {
			return fmt.Errorf("read event: %w", err)
		}
		_, err := fmt.Fprintf(l.say, "%d lines were lost so far: they came faster than they were read\n", dropped.Dropped)
		return err
	}
	return nil // an event of a later version
}

// line prints one line of the journal.
func (l *logReader) line(line *journal.Line) error {
	if l.json {
		_, err := l.out.Write(append(line.AppendJSON(nil), '\n'))
		return err
	}
	_, err := fmt.Fprintf(l.out, "%s %s %s: %s\n", line.Time.Local().Format(time.TimeOnly), line.Function, line.Level, printable(line.Text))
	return err
}

// printable keeps what a function printed from steering the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '�'
		}
		return r
	}, text)
}
