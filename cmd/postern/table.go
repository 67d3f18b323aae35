package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/postern-dev/postern/gateway/deploy"
)

// digestShown is how much of a digest a person sees.
const digestShown = 12

// writeTable writes rows in columns, the first row being their names.
func writeTable(w io.Writer, rows [][]string) error {
	var text strings.Builder
	t := tabwriter.NewWriter(&text, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		if _, err := fmt.Fprintln(t, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// writeJSON writes value for scripts.
func writeJSON(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(value)
}

func appRows(apps []deploy.App) [][]string {
	rows := [][]string{{"APP", "VERSION", "FLAVOUR", "ADDRESSES", "FUNCTIONS", "ROUTES", "DEPLOYED"}}
	for _, a := range apps {
		addresses := strings.Join(a.Hosts, ",")
		if addresses == "" {
			addresses = "*"
		}
		rows = append(rows, []string{
			a.Name, short(a.Version), a.Flavour, addresses + a.Prefix,
			strconv.Itoa(a.Functions), strconv.Itoa(a.Routes), moment(a.Deployed),
		})
	}
	return rows
}

func versionRows(versions []deploy.Version) [][]string {
	rows := [][]string{{"VERSION", "DEPLOYED", "IN SERVICE"}}
	for _, v := range versions {
		current := ""
		if v.Current {
			current = "yes"
		}
		rows = append(rows, []string{short(v.Version), moment(v.Created), current})
	}
	return rows
}

func functionRows(functions []deploy.Function) [][]string {
	rows := [][]string{{"FUNCTION", "KIND", "SIZE", "MEMORY", "RUN LIMIT", "CPU", "SLOTS", "QUEUE", "ISOLATION", "RESET"}}
	for _, f := range functions {
		reset := f.Reset
		if f.Reason != "" {
			reset += " (" + f.Reason + ")"
		}
		kind, bytes := f.Kind, size(f.Bytes)
		if kind == "" {
			kind, bytes = "-", "-" // after a start, the first call loads the module
		}
		rows = append(rows, []string{
			f.Name, kind, bytes, size(int64(f.Memory)), milliseconds(f.RunLimitMs), milliseconds(f.CPUMs),
			strconv.Itoa(f.Concurrency), strconv.Itoa(f.Backlog), f.Isolation, reset,
		})
	}
	return rows
}

func routeRows(routes []deploy.Route) [][]string {
	rows := [][]string{{"METHOD", "HOST", "PATH", "APP", "FUNCTION", "ATTEMPTS", "PATIENCE"}}
	for _, r := range routes {
		rows = append(rows, []string{
			strings.Join(r.Methods, ","), r.Host, r.Prefix + r.Path, r.App, r.Function,
			strconv.Itoa(r.Attempts), milliseconds(r.PatienceMs),
		})
	}
	return rows
}

// short is the part of a digest that tells versions apart.
func short(digest string) string { return digest[:min(len(digest), digestShown)] }

func moment(t time.Time) string { return t.Local().Format(time.DateTime) }

func milliseconds(ms int64) string { return (time.Duration(ms) * time.Millisecond).String() }

// size is a number of bytes for a person.
func size(bytes int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	value, unit := float64(bytes), 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	return strings.TrimSuffix(strconv.FormatFloat(value, 'f', 1, 64), ".0") + " " + units[unit]
}
