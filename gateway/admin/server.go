package admin

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/gateway/linger"
)

// maxHeader is the room for a request's first line and header fields.
const maxHeader = 16 << 10

// Server serves the admin API. Make one with New; it is safe for concurrent
// use, and Shutdown ends it.
type Server struct {
	options   Options
	token     [sha256.Size]byte
	endpoints []endpoint
	http      *fasthttp.Server

	uploads   chan struct{} // a place per upload under way
	followers chan struct{} // a place per stream of log lines

	ctx      context.Context // ends when Shutdown stops waiting
	cancel   context.CancelFunc
	draining atomic.Bool
	stop     chan struct{} // closed when streams have to end
	stopOnce sync.Once
}

// New returns a server. It makes the spool folder and removes from it what an
// earlier run left behind.
func New(o Options) (*Server, error) {
	if o.Token == "" {
		return nil, errors.New("admin token is empty")
	}
	if err := sweepSpool(o.Spool); err != nil {
		return nil, fmt.Errorf("prepare spool folder: %w", err)
	}
	s := &Server{
		options:   o,
		token:     sha256.Sum256([]byte(o.Token)),
		endpoints: endpoints(),
		uploads:   make(chan struct{}, o.Limits.MaxUploads),
		followers: make(chan struct{}, o.Limits.MaxFollowers),
		stop:      make(chan struct{}),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http = &fasthttp.Server{
		Handler:                      s.serve,
		ErrorHandler:                 s.unreadable,
		ExpectHandler:                s.expect,
		Concurrency:                  o.Limits.MaxConns,
		ReadBufferSize:               maxHeader,
		ReadTimeout:                  o.Limits.ReadWait,
		WriteTimeout:                 o.Limits.WriteWait,
		IdleTimeout:                  o.Limits.IdleWait,
		MaxRequestBodySize:           int(o.Limits.MaxUpload),
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		NoDefaultServerHeader:        true,
		NoDefaultContentType:         true,
		SecureErrorLogMessage:        true,
		CloseOnShutdown:              true,
		TCPKeepalive:                 true,
		Logger:                       quiet{},
	}
	return s, nil
}

// Serve answers requests on ln and returns nil once Shutdown is done. It closes
// ln, and nothing else may.
func (s *Server) Serve(ln net.Listener) error {
	lingering := linger.New(ln, s.options.Limits.Linger)
	if err := s.http.Serve(lingering); err != nil {
		return fmt.Errorf("serve admin API on %s: %w", ln.Addr(), err)
	}
	<-s.ctx.Done()
	lingering.Wait()
	return nil
}

// Shutdown stops accepting, ends the streams and waits for the requests under
// way. When ctx ends first, what still runs is cancelled and ctx's error returned.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	s.stopOnce.Do(func() { close(s.stop) })
	defer s.cancel()
	if err := s.http.ShutdownWithContext(ctx); err != nil {
		return fmt.Errorf("shut down admin API: %w", err)
	}
	return nil
}

// quiet drops fasthttp's own log lines: they tell of clients that went away,
// and every request already has a line of ours.
type quiet struct{}

func (quiet) Printf(string, ...any) {}

// sweepSpool makes dir if it is absent and removes uploads from it that a
// killed server could not remove.
func sweepSpool(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	left, err := filepath.Glob(filepath.Join(dir, spoolPattern))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}
