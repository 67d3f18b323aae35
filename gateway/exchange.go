package gateway

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/deploy"
	"github.com/postern-dev/postern/gateway/flavour"
	"github.com/postern-dev/postern/gateway/route"
	"github.com/postern-dev/postern/runtime"
)

// Causes that give a refusal a status of its own.
var (
	errHeaderBlock = errors.New("header block")
	errSlow        = errors.New("slow client")
	errExpectation = errors.New("expectation")
	errFraming     = errors.New("framing of the body")
)

// exchange is one request with its answer. Exchanges are reused: what a run
// may still need after the handler returned is not in here but in its call.
type exchange struct {
	req     abi.Request
	res     abi.Response
	match   route.Match[*deploy.Target]
	target  *deploy.Target // nil until matched
	arena   []byte         // the bytes that req points into
	body    []byte         // of the request
	begun   time.Time
	flavour *flavour.Flavour // of the app that owns the address; nil when none does
	code    fault.Code       // "" for an answer of the function
	line    []byte           // room for its line in the access log
	stamp   stamp            // of the last line
	laps    laps

	server   *Server
	rc       *fasthttp.RequestCtx // for rescue, like call
	call     *runtime.Call
	toRescue func(reply []byte, err error) // rescue as a value, made once
	toTrace  func(*runtime.Trail)          // trace as a value, made once
	herald   runtime.Herald                // of the calls that it causes
	path     []byte                        // canonical, as Find was given it

	peer     netip.Addr // whose text is in peerText: most requests of an exchange come from few peers
	peerText string
}

func (s *Server) take() *exchange {
	if x, ok := s.exchanges.Get().(*exchange); ok {
		return x
	}
	x := &exchange{server: s, laps: newLaps(s.opt.Meter, &s.nears), herald: s.opt.Engine.NewHerald()}
	x.toRescue, x.toTrace = x.rescue, x.trace
	return x
}

// keepArena and keepLine are the largest rooms that are kept for the next
// request.
const (
	keepArena = 256 << 10
	keepLine  = 4 << 10
)

func (s *Server) giveBack(x *exchange) {
	x.target, x.flavour, x.rc, x.call = nil, nil, nil, nil
	x.match.Target = nil
	x.req.Params = x.req.Params[:0]
	clear(x.res.Header) // it points into the instance's memory
	x.res.Reset()
	if cap(x.arena) > keepArena {
		x.arena = nil
		x.req = abi.Request{}
	}
	if x.body = x.body[:0]; cap(x.body) > keepRoom {
		x.body = nil
	}
	if cap(x.line) > keepLine {
		x.line = nil
	}
	if cap(x.res.Scratch) > keepArena {
		x.res = abi.Response{}
	}
	s.exchanges.Put(x)
}

// begin starts an exchange: it notes the time and the peer.
func (x *exchange) begin(rc *fasthttp.RequestCtx) {
	x.begun = rc.Time()
	x.code = ""
	x.target, x.flavour = nil, nil
	x.req.ID = ""
	x.req.Received = x.begun
	x.req.Identity = abi.Identity{}
	x.req.Params = x.req.Params[:0]
	x.req.Header = x.req.Header[:0]
	x.path = nil
	x.req.Method, x.req.Host, x.req.RawPath, x.req.Path, x.req.Query, x.req.Body = nil, nil, nil, nil, nil, nil
	x.req.Scheme = "http"
	if rc.IsTLS() {
		x.req.Scheme = "https"
	}
	x.req.ClientIP = x.peerName(rc.RemoteAddr())
}

// maxRequestID is the longest X-Request-Id that is taken over.
const maxRequestID = 128

// identify takes over the client's X-Request-Id when it is harmless, and makes
// one otherwise.
func (x *exchange) identify(ids *runtime.IDs) {
	if sent, ok := x.req.FindHeader("X-Request-Id"); ok && harmless(sent) {
		x.req.ID = string(sent)
		return
	}
	x.req.ID = ids.Next()
}

// harmless reports whether an id may be copied into headers, logs and events.
func harmless(id []byte) bool {
	for _, c := range id {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return 0 < len(id) && len(id) <= maxRequestID
}

func (x *exchange) peerName(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		x.peer, x.peerText = netip.Addr{}, ""
		return "0.0.0.0"
	}
	peer := tcp.AddrPort().Addr().Unmap().WithZone("")
	if peer != x.peer {
		x.peer, x.peerText = peer, peer.String()
	}
	return x.peerText
}
