package gateway

import (
	"bufio"
	"errors"
	"net"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime"
)

// A handler runs the function on its own goroutine, which saves every request
// the way to another one and back. When the client must be answered while the
// handler is still inside the function, because a later attempt answered or
// patience is over, the exchange is rescued: another goroutine writes the
// answer to the connection itself.
//
//	handler   ├─ serve ─ Invoke ├────── function runs on ──────┤ ErrRescued ─ leave
//	rescue                              ├ write ┤ close
//	client    ├──────── waits ──────────────────┤ answer
//
// fasthttp knows nothing of it: the handler tells it afterwards that the
// connection is somebody else's, and it neither writes to it nor reads on.

// rescue answers the request while the handler is inside the function and
// touches nothing. The connection is closed: its handler can read no other
// request for as long as the run goes on.
func (x *exchange) rescue(reply []byte, err error) {
	rc := x.rc
	defer x.server.unattended.Add(1)
	defer func() {
		if p := recover(); p != nil { // nothing more can be said to this client
			x.server.logFault(x, panicked(p))
			_ = rc.Conn().Close()
		}
	}()
	if err == nil {
		if err = x.parse(reply); err != nil {
			x.call.Misreplied()
		}
	}
	if err != nil {
		x.server.fail(rc, x, fault.Of(err))
	} else {
		x.answer(rc)
	}
	rc.SetConnectionClose()
	if err := x.send(rc); err != nil {
		x.server.opt.Log.Debug().Str("id", x.req.ID).Err(err).Msg("a client left before its answer")
	}
	x.server.logAccess(rc, x)
}

// send writes the response to the connection and closes it.
func (x *exchange) send(rc *fasthttp.RequestCtx) error {
	rc.Response.SkipBody = rc.IsHead()
	conn := rc.Conn()
	w := bufio.NewWriter(conn)
	err := rc.Response.Write(w)
	return errors.Join(err, w.Flush(), conn.Close())
}

// leave ends the handler of a rescued exchange: the answer is sent.
func leave(rc *fasthttp.RequestCtx) {
	rc.HijackSetNoResponse(true)
	rc.Hijack(func(net.Conn) {})
}

// rescued reports whether the client was answered by somebody else.
func rescued(err error) bool { return errors.Is(err, runtime.ErrRescued) }
