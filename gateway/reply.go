package gateway

import (
	"errors"
	"math"
	"strconv"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/flavour"
	"github.com/postern-dev/postern/runtime"
)

// finalStatus is the lowest status of an answer; those below it announce one,
// and a client that got one would wait on.
const finalStatus = 200

// parse reads the function's reply.
func (x *exchange) parse(reply []byte) error {
	if err := x.target.Dialect.ParseReply(&x.res, reply); err != nil {
		return err
	}
	if x.res.Status < finalStatus {
		return fault.New(fault.BadReply, "status %d is not that of an answer", x.res.Status)
	}
	return nil
}

// answer writes the response that the dialect made of a reply. The body is
// copied here, out of the function's memory.
func (x *exchange) answer(rc *fasthttp.RequestCtx) {
	x.write(rc, &x.res)
	x.compress(rc)
}

func (x *exchange) write(rc *fasthttp.RequestCtx, res *abi.Response) {
	out := &rc.Response
	out.SetStatusCode(res.Status)
	head := rc.IsHead() && len(res.Body) == 0 // then the length is that of a body nobody made
	for i := range res.Header {
		f := &res.Header[i]
		if !isToken(f.Name) {
			continue // it would break the header; dialects refuse such replies
		}
		if !reserved(f.Name) || head && abi.EqualFold(f.Name, "Content-Length") {
			out.Header.AddBytesKV(f.Name, f.Value)
		}
	}
	out.Header.Add("X-Request-Id", x.req.ID) // there is none: it is reserved
	out.SetBody(res.Body)
}

// reserved reports whether a header field is the gateway's to set: those about
// the connection and about where the body ends, and the request's id.
func reserved(name []byte) bool {
	switch len(name) {
	case len("Upgrade"):
		return abi.EqualFold(name, "Upgrade") || abi.EqualFold(name, "Trailer")
	case len("Connection"):
		return abi.EqualFold(name, "Connection") || abi.EqualFold(name, "Keep-Alive")
	case len("X-Request-Id"):
		return abi.EqualFold(name, "X-Request-Id")
	case len("Content-Length"):
		return abi.EqualFold(name, "Content-Length")
	case len("Proxy-Connection"):
		return abi.EqualFold(name, "Proxy-Connection")
	case len("Transfer-Encoding"):
		return abi.EqualFold(name, "Transfer-Encoding")
	}
	return false
}

// refuse answers a fault the way the app's flavour does, or plainly when no
// app owns the address.
func (x *exchange) refuse(rc *fasthttp.RequestCtx, f *fault.Error) {
	x.code = f.Code
	rc.Response.Reset()
	x.res.Reset()
	switch {
	case errors.Is(f, errHeaderBlock):
		refusePlainly(&x.res, x, fasthttp.StatusRequestHeaderFieldsTooLarge, f)
	case errors.Is(f, errSlow):
		refusePlainly(&x.res, x, fasthttp.StatusRequestTimeout, f)
	case errors.Is(f, errExpectation):
		refusePlainly(&x.res, x, fasthttp.StatusExpectationFailed, f)
	case x.flavour != nil:
		x.flavour.Refuse(&x.res, &x.req, f)
	default:
		refusePlainly(&x.res, x, flavour.Status(f.Code), f)
	}
	if f.Code == fault.Busy || f.Code == fault.Unavailable {
		rc.Response.Header.Set("Retry-After", strconv.Itoa(retryAfter(f)))
	}
	if f.Code == fault.TooLarge || f.Code == fault.Unavailable || errors.Is(f, errFraming) {
		rc.SetConnectionClose()
	}
	x.write(rc, &x.res)
}

// retryAfter is how many seconds a refused client is told to wait.
func retryAfter(f *fault.Error) int {
	return max(int(math.Ceil(runtime.RetryAfter(f).Seconds())), 1)
}

// refusePlainly is the answer of the gateway itself.
func refusePlainly(res *abi.Response, x *exchange, status int, f *fault.Error) {
	res.Status = status
	res.Header = append(res.Header, abi.Field{Name: []byte("Content-Type"), Value: []byte("application/json")})
	body := append([]byte(nil), `{"error":{"code":`...)
	body = abi.AppendString(body, string(f.Code))
	body = append(body, `,"message":`...)
	body = abi.AppendString(body, f.Message)
	body = append(body, `,"requestId":`...)
	body = abi.AppendString(body, x.req.ID)
	res.Body = append(body, "}}"...)
}
