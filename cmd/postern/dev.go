package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/deploy"
	"github.com/postern-dev/postern/runtime/journal"
)

func newDevCommand() *cobra.Command {
	var flags serverFlags
	cmd := &cobra.Command{
		Use:   "dev DIR",
		Short: "Build the app in DIR, serve it, and swap it when a file changes",
		Long: "Build the app in DIR, serve it, print its routes and what its functions print,\n" +
			"and build and swap it again whenever a file in DIR changes.",
		Args: oneArg("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error { return dev(cmd, args[0], &flags) },
	}
	flags.register(cmd)
	return cmd
}

// devSession is one run of dev: a node and the folder that it serves.
type devSession struct {
	node *node
	dir  string // of the app
	out  string // where built modules go
	say  io.Writer

	serving bool // something was put into service and shown
}

func dev(cmd *cobra.Command, dir string, flags *serverFlags) (err error) {
	conf, err := flags.read()
	if err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if flags.data == "" && flags.config == "" {
		if conf.Data.Dir, err = devDataDir(dir); err != nil {
			return err
		}
	}
	conf.Log.Format, conf.Log.Level, conf.Log.Access = "text", "warn", false
	log, err := openLog(cmd.ErrOrStderr(), conf.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.close()) }()
	n, err := startNode(cmd.Context(), conf, log)
	if err != nil {
		return err
	}
	s := &devSession{node: n, dir: dir, out: filepath.Join(conf.Data.Dir, "built"), say: cmd.OutOrStdout()}
	return errors.Join(s.run(cmd.Context()), n.Close())
}

// devDataDir is a data directory of its own for each folder that is developed.
func devDataDir(dir string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	sum := fnv.New64a()
	if _, err := io.WriteString(sum, dir); err != nil {
		return "", err
	}
	return filepath.Join(cache, "postern", "dev", filepath.Base(dir)+"-"+strconv.FormatUint(sum.Sum64(), 36)), nil
}

// run builds and serves until ctx ends. A folder that does not build at first
// is waited for, like one that stops building later.
func (s *devSession) run(ctx context.Context) error {
	watch, err := watchTree(s.dir)
	if err != nil {
		return err
	}
	defer watch.Close()
	follower := s.node.journal.Follow("", "")
	defer follower.Close()
	fmt.Fprintf(s.say, "admin API on http://%s, its token in %s\nbuilding %s\n", s.node.adminAddr, s.node.tokenPath, s.dir)
	s.swap(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-s.node.failed:
			return err
		case <-watch.changed:
			s.swap(ctx)
		case line := <-follower.C():
			s.print(&line)
		}
	}
}

// swap builds the folder and puts it into service; what is wrong is printed,
// and the version before goes on.
func (s *devSession) swap(ctx context.Context) {
	begun := time.Now()
	report, err := s.deploy(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		fmt.Fprintf(s.say, "\n%s\n", describe(err))
		return
	}
	if report.Unchanged && s.serving {
		return
	}
	s.serving = true
	fmt.Fprintf(s.say, "\n%s %s is in service after %s\n", report.App, report.Version[:12], time.Since(begun).Round(time.Millisecond))
	for _, r := range report.Routes {
		fmt.Fprintf(s.say, "  %-8s %s  ->  %s\n", strings.Join(r.Methods, ","), devURL(s.node.gatewayAddr, &r), r.Function)
	}
	for _, f := range report.Functions {
		if f.Reason != "" {
			fmt.Fprintf(s.say, "  %s: memory is made clean by %s, because %s\n", f.Name, f.Reset, f.Reason)
		}
	}
}

func (s *devSession) deploy(ctx context.Context) (*deploy.Report, error) {
	app, err := buildApp(ctx, s.dir, s.out)
	if err != nil {
		return nil, err
	}
	bundle, err := app.bundle()
	if err != nil {
		return nil, err
	}
	// A folder whose app was renamed would claim the same addresses twice.
	for _, other := range s.node.apps.Apps() {
		if other.Name != app.manifest.App.Name {
			if err := s.node.apps.Delete(ctx, other.Name); err != nil {
				return nil, err
			}
		}
	}
	return s.node.apps.Deploy(ctx, bundle)
}

// bundle returns the app as a bundle of its files.
func (app *builtApp) bundle() (*deploy.Bundle, error) {
	b := &deploy.Bundle{Files: make(map[string]deploy.File, len(app.files))}
	for name, path := range app.files {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fault.Wrap(fault.BadBundle, err, "the module %s is not there", name)
		}
		b.Files[name] = deploy.File{
			Bytes: info.Size(),
			Open:  func() (io.ReadCloser, error) { return os.Open(path) },
		}
	}
	return b, nil
}

// devURL is how a route is reached from this machine.
func devURL(listen string, r *deploy.Route) string {
	host := r.Host
	if host == "*" {
		host = listen
	}
	return "http://" + host + r.Prefix + r.Path
}

// print shows a line of the journal the way a terminal wants it.
func (s *devSession) print(l *journal.Line) {
	if l.Stream == journal.StreamRun && l.Level == journal.LevelInfo && !strings.Contains(l.Text, "delivered=false") {
		return
	}
	fmt.Fprintf(s.say, "%s %s %s: %s\n", l.Time.Format(time.TimeOnly), l.Function, l.Level, l.Text)
}
