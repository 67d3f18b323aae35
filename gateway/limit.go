package gateway

import (
	"bytes"
	"net/netip"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/route"
)

// read checks the request against the limits and copies it, once, into the
// exchange: nothing of fasthttp is looked at afterwards.
func (x *exchange) read(rc *fasthttp.RequestCtx, opt *Options) error {
	x.begin(rc, opt.IDs)
	h := &rc.Request.Header
	body := rc.Request.Body()
	x.grow(len(h.RequestURI())*2 + opt.MaxHeader/4 + len(body))

	x.req.Method = x.own(h.Method())
	x.req.Host = x.own(h.Host())
	if err := x.readFields(rc, opt.MaxFields); err != nil {
		return err
	}
	x.trust(opt.TrustedProxies)
	if err := x.readTarget(h.RequestURI()); err != nil {
		return err
	}
	if len(body) > 0 {
		x.req.Body = x.own(body)
	}
	return nil
}

// readTarget splits the request target into path and query and brings the path
// into its canonical form. The absolute form of a target loses its authority,
// as the Host header says the same.
func (x *exchange) readTarget(target []byte) error {
	if i := bytes.Index(target, []byte("://")); i > 0 && target[0] != '/' {
		rest := target[i+3:]
		slash := bytes.IndexAny(rest, "/?")
		if slash < 0 {
			rest, slash = []byte("/"), 0
		}
		target = rest[slash:]
	}
	path, query, _ := bytes.Cut(target, []byte{'?'})
	if len(path) == 0 {
		path = []byte("/")
	}
	x.req.RawPath = x.own(path)
	x.req.Query = x.own(query)
	start := len(x.arena)
	arena, err := route.AppendCanonical(x.arena, path)
	if err != nil {
		return err
	}
	x.arena = arena
	x.req.Path = arena[start:len(arena):len(arena)]
	return nil
}

func (x *exchange) readFields(rc *fasthttp.RequestCtx, maxFields int) error {
	for name, value := range rc.Request.Header.All() {
		if len(x.req.Header) >= maxFields {
			return fault.Wrap(fault.TooLarge, errHeaderBlock, "the request has more than %d header fields", maxFields)
		}
		x.req.Header = append(x.req.Header, abi.Field{Name: x.own(name), Value: x.own(value)})
	}
	return nil
}

// trust takes the client's address and scheme from a proxy's headers when the
// peer is a proxy that the configuration names.
func (x *exchange) trust(proxies []netip.Prefix) {
	if !contains(proxies, x.peer) {
		return
	}
	if proto, ok := x.req.FindHeader("X-Forwarded-Proto"); ok && abi.EqualFold(proto, "https") {
		x.req.Scheme = "https"
	}
	chain, ok := x.req.FindHeader("X-Forwarded-For")
	if !ok {
		return
	}
	hops := strings.Split(string(chain), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return
		}
		x.req.ClientIP = hop.Unmap().WithZone("").String()
		if !contains(proxies, hop.Unmap()) {
			return
		}
	}
}

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// grow empties the arena and makes room, so that the copies of most requests
// move nothing.
func (x *exchange) grow(room int) {
	if cap(x.arena) < room {
		x.arena = make([]byte, 0, room)
	}
	x.arena = x.arena[:0]
}

// own copies b into the arena. Slices given out before stay valid when the
// arena moves: they keep the old one.
func (x *exchange) own(b []byte) []byte {
	start := len(x.arena)
	x.arena = append(x.arena, b...)
	return x.arena[start:len(x.arena):len(x.arena)]
}
