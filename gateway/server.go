// Package gateway is what a client can see: the listener, the checks, the
// route table and the answers. It runs no functions itself; for those it has
// one door, the engine.
package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/crowd"
	"github.com/postern-dev/postern/gateway/deadline"
	"github.com/postern-dev/postern/gateway/deploy"
	"github.com/postern-dev/postern/gateway/linger"
	"github.com/postern-dev/postern/gateway/socket"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/runtime/meter"
)

// Options says what a server serves and what it bears. Every limit must be
// set; zero is not "no limit".
type Options struct {
	Apps   *deploy.Apps    // which functions are in service
	Engine *runtime.Engine // runs them
	IDs    *runtime.IDs    // makes request ids
	Meter  *meter.Meter    // learns how long the steps of a request take
	Log    zerolog.Logger

	MaxBody                  int // bytes of a request's body
	MaxHeader                int // bytes of a request line with its header
	MaxFields                int // header fields of a request
	ReadTimeout              time.Duration
	WriteTimeout             time.Duration
	IdleTimeout              time.Duration
	MaxConnections           int
	MaxConnectionsPerIP      int // 0 means no cap
	MaxRequestsPerConnection int // 0 means no cap
	TrustedProxies           []netip.Prefix

	// Access gets a line of JSON for every request, with a number that is mostly
	// the same for lines made on one processor. It is called by many goroutines at
	// a time and must not keep the line; nil: no access log.
	Access       func(near uint32, line []byte)
	AccessSample int // for one in N answers below 400; 1 logs all
}

// Server is the front of the house. It may serve several listeners.
type Server struct {
	opt       Options
	http      *fasthttp.Server
	exchanges sync.Pool
	draining  atomic.Bool
	// unattended is how many connections are closed already, their clients
	// rescued, while their handlers are inside a function.
	unattended atomic.Int32
	ctx        context.Context // of all calls: ends when they are given up
	cancel     context.CancelFunc
	sampled    atomic.Uint64
	nears      atomic.Uint32 // numbers exchanges
	seed       maphash.Seed  // of announcements
}

// New returns a server that serves nothing yet.
func New(opt Options) *Server {
	s := &Server{opt: opt, seed: maphash.MakeSeed()}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	opt.Engine.Watch(s.ctx)
	s.http = &fasthttp.Server{
		Handler:                       s.handle,
		ErrorHandler:                  s.handleUnread,
		ExpectHandler:                 s.expect,
		HeaderReceived:                s.received,
		Logger:                        quietLogger{opt.Log},
		ReadBufferSize:                opt.MaxHeader,
		MaxRequestBodySize:            opt.MaxBody,
		StreamRequestBody:             true, // see receive
		Concurrency:                   opt.MaxConnections,
		MaxRequestsPerConn:            opt.MaxRequestsPerConnection,
		TCPKeepalive:                  true,
		DisablePreParseMultipartForm:  true,
		DisableHeaderNamesNormalizing: true,
		NoDefaultServerHeader:         true,
		NoDefaultContentType:          true,
		SecureErrorLogMessage:         true,
		CloseOnShutdown:               true,
	}
	return s
}

// deadlineSlack is how late a client may be cut off.
const deadlineSlack = time.Second

// Serve accepts connections from ln until Shutdown. It closes ln. A connection
// that is closed with a refusal lingers, so that the client reads it.
func (s *Server) Serve(ln net.Listener) error {
	ln = deadline.New(socket.New(ln), deadline.Limits{
		Read: s.opt.ReadTimeout, Write: s.opt.WriteTimeout, Idle: s.opt.IdleTimeout, Slack: deadlineSlack,
	})
	if n := s.opt.MaxConnectionsPerIP; n > 0 {
		ln = crowd.New(ln, n)
	}
	return s.http.Serve(linger.New(ln, linger.Default()))
}

// Ready returns nil while the server takes new calls.
func (s *Server) Ready() error {
	if s.draining.Load() {
		return fault.New(fault.Unavailable, "the server is draining")
	}
	return nil
}

// lastAnswers is how long clients whose calls were given up may take to read
// so.
const lastAnswers = time.Second

// Shutdown stops accepting and lets the calls in flight finish. When ctx ends
// before they did, those that are left are given up and answered so. It
// returns when the last client has its answer.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	err := s.http.ShutdownWithContext(ctx)
	s.cancel()
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	s.opt.Log.Warn().Msg("calls outlived the drain limit and were given up")
	s.awaitAnswers()
	return nil
}

// awaitAnswers waits until every client has its answer, but not for handlers
// that are still inside a function: those are ended with the engine.
func (s *Server) awaitAnswers() {
	end := time.NewTimer(lastAnswers)
	defer end.Stop()
	tick := time.NewTicker(lastAnswers / 100)
	defer tick.Stop()
	for s.http.GetOpenConnectionsCount() > s.unattended.Load() {
		select {
		case <-tick.C:
		case <-end.C:
			return
		}
	}
}

// handle is what fasthttp calls for each request. A panic must not leave it:
// it would end the process.
func (s *Server) handle(rc *fasthttp.RequestCtx) {
	x := s.take()
	defer s.giveBack(x)
	defer func() {
		if p := recover(); p != nil { // a flavour can't refuse
			x.flavour = nil
			s.fail(rc, x, panicked(p))
		}
	}()
	if err := x.receive(rc, s.opt.MaxBody); err != nil {
		s.handleUnread(rc, err)
		return
	}
	err := s.guard(rc, x)
	if rescued(err) {
		s.unattended.Add(-1)
		leave(rc)
		return
	}
	if err != nil {
		s.fail(rc, x, fault.Of(err))
	}
	s.logAccess(rc, x)
}

// guard is serve with panics turned into faults.
func (s *Server) guard(rc *fasthttp.RequestCtx, x *exchange) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	return s.serve(rc, x)
}

func (s *Server) fail(rc *fasthttp.RequestCtx, x *exchange, f *fault.Error) {
	x.refuse(rc, f)
	s.logFault(x, f)
}

// panicked carries a recovered panic, with where it came from, to the log.
func panicked(p any) *fault.Error {
	return fault.Wrap(fault.Internal, fmt.Errorf("panic: %v\n%s", p, debug.Stack()), "internal error")
}

// handleUnread answers what could not be read as a request.
func (s *Server) handleUnread(rc *fasthttp.RequestCtx, err error) {
	s.refuseUnread(rc, unreadable(err, s.opt.MaxBody, s.opt.MaxHeader))
}

// refuseUnread refuses a request whose body was not read, and closes the
// connection after that.
func (s *Server) refuseUnread(rc *fasthttp.RequestCtx, f *fault.Error) {
	x := s.take()
	defer s.giveBack(x)
	x.begin(rc)
	x.begun = time.Now() // fasthttp notes the time of what it could read
	x.grow(0)
	x.req.Method = x.own(rc.Request.Header.Method())
	_ = x.readFields(rc, s.opt.MaxFields) // as many as there are: one of them may be the id
	x.identify(s.opt.IDs)
	x.refuse(rc, f)
	rc.SetConnectionClose()
	s.logAccess(rc, x)
}

// unreadable says why fasthttp could not read a request.
func unreadable(err error, maxBody, maxHeader int) *fault.Error {
	var small *fasthttp.ErrSmallBuffer
	var network *net.OpError
	switch {
	case errors.As(err, &small):
		return fault.Wrap(fault.TooLarge, errHeaderBlock, "the request line and header exceed %d bytes", maxHeader)
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		return bodyTooLarge(maxBody)
	case errors.As(err, &network) && network.Timeout():
		return fault.Wrap(fault.Invalid, errSlow, "the request did not arrive in time")
	}
	return fault.Wrap(fault.Invalid, err, "this is not an HTTP request")
}

// received is told of every header block. fasthttp knows "Expect:
// 100-continue" in one spelling only; others are brought into that one, because
// their clients wait. A body that is too large is treated like one that waits.
func (s *Server) received(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	if n := h.ContentLength(); n > s.opt.MaxBody {
		h.Set("Expect", "100-continue") // so that it is refused before any of it is read
		return fasthttp.RequestConfig{}
	} else if n == 0 || n < -1 || len(h.Peek("Expect")) > 0 {
		return fasthttp.RequestConfig{}
	}
	const name = "expect:"
	for rest := h.RawHeaders(); len(rest) > 0; { // not by AllInOrder, which unfolds fields in place
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		if len(line) > len(name) && abi.EqualFold(line[:len(name)], name) {
			if abi.EqualFold(bytes.TrimSpace(line[len(name):]), "100-continue") {
				h.Set("Expect", "100-continue")
			}
			break
		}
	}
	return fasthttp.RequestConfig{}
}

// expect answers "Expect: 100-continue" before the body is sent.
func (s *Server) expect(rc *fasthttp.RequestCtx) int {
	if rc.Request.Header.ContentLength() <= s.opt.MaxBody {
		return fasthttp.StatusContinue
	}
	s.refuseUnread(rc, bodyTooLarge(s.opt.MaxBody))
	return rc.Response.StatusCode()
}

func bodyTooLarge(maxBody int) *fault.Error {
	return fault.New(fault.TooLarge, "the request body exceeds %d bytes", maxBody)
}

// quietLogger takes what fasthttp has to say of broken connections.
type quietLogger struct{ log zerolog.Logger }

func (l quietLogger) Printf(format string, args ...any) {
	l.log.Debug().Msgf(format, args...)
}
