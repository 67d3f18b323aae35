package gateway

import (
	"bytes"
	"hash/maphash"
	"math/bits"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/runtime"
)

// announce tells the engine which call is to come, by what mostly decides it.
func (x *exchange) announce(rc *fasthttp.RequestCtx) {
	x.herald.Announce(announcement(x.server.seed, &rc.Request.Header))
}

// announcement is a hash of the host and the path.
func announcement(seed maphash.Seed, h *fasthttp.RequestHeader) uint64 {
	path, _, _ := bytes.Cut(h.RequestURI(), []byte{'?'})
	return maphash.Bytes(seed, path) ^ bits.RotateLeft64(maphash.Bytes(seed, h.Host()), 1)
}

// trace adds what the exchange touched that belongs to its route.
func (x *exchange) trace(t *runtime.Trail) {
	x.server.opt.Apps.Table().Trace(t, x.req.Host, x.path, x.req.Method)
	x.target.Trace(t)
}
