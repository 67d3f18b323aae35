package gateway

import (
	"errors"
	"strconv"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/flavour"
)

// answer writes the response that the dialect made of a reply. The body is
// copied here, out of the function's memory.
func (x *exchange) answer(rc *fasthttp.RequestCtx) {
	x.write(rc, &x.res)
}

func (x *exchange) write(rc *fasthttp.RequestCtx, res *abi.Response) {
	out := &rc.Response
	out.SetStatusCode(res.Status)
	for i := range res.Header {
		out.Header.AddBytesKV(res.Header[i].Name, res.Header[i].Value)
	}
	out.Header.Set("X-Request-Id", x.req.ID)
	out.SetBody(res.Body)
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
	case x.flavour != nil:
		x.flavour.Refuse(&x.res, &x.req, f)
	default:
		refusePlainly(&x.res, x, flavour.Status(f.Code), f)
	}
	if f.Code == fault.Busy || f.Code == fault.Unavailable {
		rc.Response.Header.Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
	}
	if f.Code == fault.TooLarge || f.Code == fault.Unavailable {
		rc.SetConnectionClose()
	}
	x.write(rc, &x.res)
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
