package gateway

import (
	"bytes"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi/fault"
)

// logAccess writes one line per request, or per sampled request when it went
// well.
func (s *Server) logAccess(rc *fasthttp.RequestCtx, x *exchange) {
	if !s.opt.Access {
		return
	}
	status := rc.Response.StatusCode()
	if status < 400 && s.opt.AccessSample > 1 && s.sampled.Add(1)%uint64(s.opt.AccessSample) != 0 {
		return
	}
	path, _, _ := bytes.Cut(rc.Request.Header.RequestURI(), []byte{'?'}) // queries may hold secrets
	log := &s.opt.Log
	if x.target != nil {
		log = &x.target.Log
	}
	line := log.Info().
		Str("id", x.req.ID).
		Str("peer", x.req.ClientIP).
		Bytes("method", x.req.Method).
		Bytes("host", x.req.Host).
		Bytes("path", path).
		Int("status", status).
		Int("bytes", len(rc.Response.Body())).
		Int64("us", time.Since(x.begun).Microseconds())
	if x.code != "" {
		line = line.Str("code", string(x.code))
	}
	line.Msg("request")
}

// logFault writes the cause of a fault, which the client was not told. What
// clients and load can bring about at will has its code in the access log and
// is not worth a line more.
func (s *Server) logFault(x *exchange, f *fault.Error) {
	if f.Cause == nil {
		return
	}
	line := s.opt.Log.Warn()
	switch f.Code {
	case fault.Internal:
		line = s.opt.Log.Error()
	case fault.Invalid, fault.NotFound, fault.TooLarge, fault.Busy, fault.Unavailable, fault.Timeout:
		line = s.opt.Log.Debug()
	}
	line.Str("id", x.req.ID).Str("code", string(f.Code)).Err(f.Cause).Msg(f.Message)
}
