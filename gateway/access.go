package gateway

import (
	"bytes"
	"strconv"
	"time"

	"github.com/rs/zerolog"
	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
)

// logAccess writes one line per request, or per sampled request when it went
// well.
func (s *Server) logAccess(rc *fasthttp.RequestCtx, x *exchange) {
	if s.opt.Access == nil {
		return
	}
	status := rc.Response.StatusCode()
	if status < 400 && s.opt.AccessSample > 1 && s.sampled.Add(1)%uint64(s.opt.AccessSample) != 0 {
		return
	}
	s.opt.Access(x.laps.near, x.appendLine(rc, status))
}

// appendLine writes what the access log says of the exchange, a line of JSON
// like those of the server's log, into the room that the exchange keeps for it.
func (x *exchange) appendLine(rc *fasthttp.RequestCtx, status int) []byte {
	path, _, _ := bytes.Cut(rc.Request.Header.RequestURI(), []byte{'?'}) // queries may hold secrets
	took := time.Since(x.begun)
	line := append(x.line[:0], `{"level":"info",`...)
	if x.target != nil {
		line = append(line, x.target.LogFields...)
		line = append(line, ',')
	}
	line = append(line, `"http":{"id":`...)
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
	line = strconv.AppendInt(line, took.Microseconds(), 10)
	if x.code != "" {
		line = append(line, `,"code":`...)
		line = abi.AppendString(line, string(x.code))
	}
	line = append(line, `},"time":"`...)
	line = x.stamp.append(line, x.begun.Add(took))
	x.line = append(line, `","message":"request"}`+"\n"...)
	return x.line
}

// stamp is a time of the log as text. It is kept for as long as its second
// lasts, which many lines share.
type stamp struct {
	second int64
	text   []byte
}

func (s *stamp) append(dst []byte, t time.Time) []byte {
	if second := t.Unix(); second != s.second || s.text == nil {
		s.second, s.text = second, t.AppendFormat(s.text[:0], zerolog.TimeFieldFormat)
	}
	return append(dst, s.text...)
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
