package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Server is a target that runs. Close it; it is not safe for concurrent use.
type Server struct {
	Name    string
	Version string   // what the program says of itself; "" when it says nothing
	URL     *url.URL // for clients

	// Of a server of ours only:

	Admin   *url.URL // address of the admin API, nil for others
	Token   string   // for it
	started *postern // how it was started, to be started again

	process *process // nil for a server that ran already
}

// Close ends the process and waits for it.
func (s *Server) Close() error {
	if s.process == nil {
		return nil
	}
	return s.process.end()
}

// Memory is what the process holds of the machine's memory, in bytes; 0 when
// the system doesn't say.
func (s *Server) Memory() int64 {
	if s.process == nil {
		return 0
	}
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.process.cmd.Process.Pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			if err != nil {
				return 0
			}
			return kb << 10
		}
	}
	return 0
}

// freePort returns a port that nobody uses at the moment, for programs that
// can't choose one themselves.
func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return ln.Addr().(*net.TCPAddr).Port, ln.Close()
}

// lookEvery is how often something is looked at that doesn't tell by itself.
const lookEvery = 5 * time.Millisecond

// await looks until ready says so, ctx ends or the process does.
func (p *process) await(ctx context.Context, ready func() (bool, error)) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		ok, err := ready()
		if ok || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-p.ended:
			return fmt.Errorf("it ended before it was ready: %s", p.complaint())
		case <-ctx.Done():
			return fmt.Errorf("it was not ready in time: %w: %s", ctx.Err(), p.complaint())
		}
	}
}

// serverAt waits until the process takes connections at a port of loopback.
func (p *process) serverAt(ctx context.Context, port int) (*Server, error) {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	err := p.await(ctx, func() (bool, error) {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return false, nil
		}
		return true, conn.Close()
	})
	if err != nil {
		return nil, errors.Join(err, p.end())
	}
	return &Server{URL: &url.URL{Scheme: "http", Host: address}, process: p}, nil
}
