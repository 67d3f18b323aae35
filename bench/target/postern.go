package target

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/postern-dev/postern/bench/functions"
)

// settings are what a server of ours needs to be loaded from one address. All
// else is as it comes: limits, logs and metrics are on.
const settings = `[gateway]
max_connections = 65536
max_connections_per_ip = 0
`

// postern is one server of ours: how to start it, again after it was closed,
// and how to deploy to it.
type postern struct {
	program string
	dir     string // its data and its configuration
}

// startPostern starts program with an app.
func startPostern(ctx context.Context, o *Options, program, app string) (*Server, error) {
	if app == "" {
		return nil, fmt.Errorf("%w: an app; name one with --app, or install clang for a small function in C", ErrAbsent)
	}
	s, err := StartEmpty(ctx, o, program)
	if err != nil {
		return nil, err
	}
	if err := s.Deploy(ctx, app); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// StartEmpty starts a server of ours without an app. program is a build of this
// project.
func StartEmpty(ctx context.Context, o *Options, program string) (*Server, error) {
	path, err := exec.LookPath(program)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAbsent, err)
	}
	dir, err := os.MkdirTemp(o.Dir, "postern-*")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "server.toml"), []byte(settings+o.Config), 0o600); err != nil {
		return nil, err
	}
	return (&postern{program: path, dir: dir}).start(ctx)
}

// ready is the line that the server logs when it listens.
type ready struct {
	Message string `json:"message"`
	Listen  string `json:"listen"`
	Admin   string `json:"admin"`
}

func (p *postern) start(ctx context.Context) (*Server, error) {
	proc, err := launch(p.dir, nil, p.program, "serve", "--config", filepath.Join(p.dir, "server.toml"),
		"--data", filepath.Join(p.dir, "data"), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	var said ready
	err = proc.line(ctx, func(line []byte) bool {
		return json.Unmarshal(line, &said) == nil && said.Message == "ready"
	})
	if err != nil {
		return nil, errors.Join(err, proc.end())
	}
	token, err := os.ReadFile(filepath.Join(p.dir, "data", "admin-token"))
	if err != nil {
		return nil, errors.Join(err, proc.end())
	}
	return &Server{
		Version: p.version(ctx),
		URL:     &url.URL{Scheme: "http", Host: said.Listen},
		Admin:   &url.URL{Scheme: "http", Host: said.Admin},
		Token:   strings.TrimSpace(string(token)),
		started: p, process: proc,
	}, nil
}

func (p *postern) version(ctx context.Context) string { return firstLine(ctx, p.program, "--version") }

// Deploy puts the app in a folder into service, as `postern deploy` does.
func (s *Server) Deploy(ctx context.Context, app string) error {
	if s.started == nil {
		return fmt.Errorf("%s is no server of ours to deploy to", s.Name)
	}
	cmd := exec.CommandContext(ctx, s.started.program, "deploy", "--admin", s.Admin.String(),
		"--token-file", filepath.Join(s.started.dir, "data", "admin-token"), app)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("deploy %s: %w\n%s", app, err, bytes.TrimSpace(out))
	}
	return nil
}

// Restart ends the server and starts it again with the same data. Its addresses
// change.
func (s *Server) Restart(ctx context.Context) error {
	if s.started == nil {
		return fmt.Errorf("%s is no server of ours to start again", s.Name)
	}
	if err := s.Close(); err != nil {
		return err
	}
	again, err := s.started.start(ctx)
	if err != nil {
		return fmt.Errorf("start %s again: %w", s.Name, err)
	}
	again.Name = s.Name
	*s = *again
	return nil
}

// startFunction starts this program with a function in C.
func startFunction(ctx context.Context, o *Options, name string) (*Server, error) {
	app, err := FunctionApp(ctx, functions.Kind(name), o.Dir)
	if err != nil {
		return nil, err
	}
	return startPostern(ctx, o, o.Program, app)
}

// FunctionApp makes the app of one function in C in a folder of its own below
// dir. An error wraps [ErrAbsent] when no compiler is here.
func FunctionApp(ctx context.Context, kind functions.Kind, dir string) (string, error) {
	app, err := os.MkdirTemp(dir, string(kind)+"-*")
	if err != nil {
		return "", err
	}
	module := filepath.Join(app, "compiled.wasm")
	if err := functions.Compile(ctx, kind, module); errors.Is(err, functions.ErrNoCompiler) {
		return "", fmt.Errorf("%w: %w", ErrAbsent, err)
	} else if err != nil {
		return "", err
	}
	one := functions.App{Name: "bench-" + string(kind), Functions: 1, Slots: 64, Backlog: 20_000}
	return app, one.Write(app, module)
}
