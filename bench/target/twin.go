package target

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed node.mjs
var nodeScript []byte

//go:embed workerd.mjs
var workerdScript []byte

// Announcement is the line that a native twin prints when it listens.
type Announcement struct {
	Listen string `json:"listen"` // host and port
}

// startTwin starts a native twin of this program.
func startTwin(ctx context.Context, o *Options, library string) (*Server, error) {
	return announced(ctx, o, nil, o.Program, "bench", "serve-native", "--library", library,
		"--kind", o.Twin.Kind, "--type", o.Twin.Type, "--body", o.Twin.Body)
}

// startNode starts the twin in Node.
func startNode(ctx context.Context, o *Options) (*Server, error) {
	node, err := find("node")
	if err != nil {
		return nil, err
	}
	script := filepath.Join(o.Dir, "node.mjs")
	if err := os.WriteFile(script, nodeScript, 0o600); err != nil {
		return nil, err
	}
	s, err := announced(ctx, o, o.Twin.environment(), node, script)
	if err == nil {
		s.Version = "node " + firstLine(ctx, node, "--version")
	}
	return s, err
}

// announced starts a program that prints where it listens.
func announced(ctx context.Context, o *Options, environment []string, program string, args ...string) (*Server, error) {
	p, err := launch(o.Dir, environment, program, args...)
	if err != nil {
		return nil, err
	}
	var said Announcement
	err = p.line(ctx, func(line []byte) bool { return json.Unmarshal(line, &said) == nil && said.Listen != "" })
	if err != nil {
		return nil, errors.Join(err, p.end())
	}
	return &Server{URL: &url.URL{Scheme: "http", Host: said.Listen}, process: p}, nil
}

// environment hands the twin's answer to a script.
func (t Twin) environment() []string {
	return []string{"TWIN_KIND=" + t.Kind, "TWIN_TYPE=" + t.Type, "TWIN_BODY=" + t.Body}
}

// startWorkerd starts the twin in workerd. Its worker has the answer in its
// text, because that is the fastest way to have it.
func startWorkerd(ctx context.Context, o *Options) (*Server, error) {
	workerd, err := find("workerd")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	answer, err := json.Marshal(map[string]string{"kind": o.Twin.Kind, "type": o.Twin.Type, "body": o.Twin.Body})
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(o.Dir, "workerd-*")
	if err != nil {
		return nil, err
	}
	script := "const answer = " + string(answer) + ";\n" + string(workerdScript)
	config := `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .twin)],
  sockets = [(name = "http", address = "127.0.0.1:` + strconv.Itoa(port) + `", http = (), service = "main")],
);
const twin :Workerd.Worker = (
  modules = [(name = "twin", esModule = embed "twin.mjs")],
  compatibilityDate = "2024-09-23",
);
`
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "twin.mjs"), []byte(script), 0o600),
		os.WriteFile(filepath.Join(dir, "config.capnp"), []byte(config), 0o600),
	); err != nil {
		return nil, err
	}
	p, err := launch(dir, nil, workerd, "serve", filepath.Join(dir, "config.capnp"))
	if err != nil {
		return nil, err
	}
	s, err := p.serverAt(ctx, port)
	if err == nil {
		s.Version = firstLine(ctx, workerd, "--version")
	}
	return s, err
}

// startNginx starts nginx with a fixed answer.
func startNginx(ctx context.Context, o *Options) (*Server, error) {
	nginx, err := find("nginx")
	if err != nil {
		return nil, err
	}
	if o.Twin.Kind != "hello" {
		return nil, fmt.Errorf("%w: nginx has no %s", ErrAbsent, o.Twin.Kind)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(o.Dir, "nginx-*")
	if err != nil {
		return nil, err
	}
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, "")
	config := `worker_processes auto;
pid nginx.pid;
error_log stderr;
daemon off;
events { worker_connections 16384; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {
    listen 127.0.0.1:` + strconv.Itoa(port) + `;
    default_type "` + quote.Replace(o.Twin.Type) + `";
    location / { return 200 "` + quote.Replace(o.Twin.Body) + `"; }
  }
}
`
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	p, err := launch(dir, nil, nginx, "-p", dir, "-c", file, "-e", "stderr")
	if err != nil {
		return nil, err
	}
	s, err := p.serverAt(ctx, port)
	if err == nil {
		s.Version = firstLine(ctx, nginx, "-v")
	}
	return s, err
}

// startCommand starts a command of the user's own.
func startCommand(ctx context.Context, o *Options, command string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	if !strings.Contains(command, "{port}") {
		return nil, errors.New("the command must have {port} where it says which port it uses")
	}
	shell, err := find("sh")
	if err != nil {
		return nil, err
	}
	p, err := launch(o.Dir, nil, shell, "-c", strings.ReplaceAll(command, "{port}", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	return p.serverAt(ctx, port)
}

// find looks for a program.
func find(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrAbsent, err)
	}
	return path, nil
}

// firstLine is the first line that a program prints, "" when it fails.
func firstLine(ctx context.Context, program string, args ...string) string {
	out, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}
