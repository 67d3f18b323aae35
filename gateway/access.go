package gateway

import (
	"bytes"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi"
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
	log := &s.opt.Log
	if x.target != nil {
		log = &x.target.Log
	}
	log.Info().RawJSON("http", x.appendLine(rc, status)).Msg("request")
}

// appendLine writes what the access log says of the exchange, as JSON, into the
// room that the exchange keeps for it.
func (x *exchange) appendLine(rc *fasthttp.RequestCtx, status int) []byte {
	path, _, _ := bytes.Cut(rc.Request.Header.RequestURI(), []byte{'?'}) // queries may hold secrets
	line := append(x.line[:0], `{"id":`...)
	line = abi.AppendString(line, x.req.ID)
	line = append(line, `,"peer":`...)
	line = abi.AppendString(line, x.req.ClientIP)
	line = append(line, `,"method":`...)
	line = abi.AppendString(line, x.req.Method)
	line = append(line, `,"host":`...)
	line = abi.AppendString(line, x.req.Host)
	line = append(line, `,"path":`...)
	line = abi.AppendString(line, path)
	line = append(line, `,"status":`...)
	line = strconv.AppendInt(line, int64(status), 10)
	line = append(line, `,"bytes":`...)
	line = strconv.AppendInt(line, int64(len(rc.Response.Body())), 10)
	line = append(line, `,"us":`...)
	line = strconv.AppendInt(line, time.Since(x.begun).Microseconds(), 10)
	if x.code != "" {
		line = append(line, `,"code":`...)
		line = abi.AppendString(line, string(x.code))
	}
	x.line = append(line, '}')
	return x.line
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
