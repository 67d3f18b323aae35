package gateway

import (
	"bytes"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/route"
)

// read checks the request against the limits and copies it, once, into the
// exchange: nothing of fasthttp is looked at afterwards.
func (x *exchange) read(rc *fasthttp.RequestCtx, opt *Options) error {
	h := &rc.Request.Header
	x.begin(rc)
	if rc.RequestBodyStream() != nil {
		x.begun = time.Now() // fasthttp's time is from before the body
		x.req.Received = x.begun
	}
	x.grow(len(h.RequestURI())*2 + opt.MaxHeader/4)
	x.req.Method = x.own(h.Method())
	x.req.Host = x.own(h.Host())
	err := x.readFields(rc, opt.MaxFields)
	x.identify(opt.IDs)
	if err != nil {
		return err
	}
	x.trust(opt.TrustedProxies)
	if err := x.readTarget(h.RequestURI()); err != nil {
		return err
	}
	if len(x.body) > 0 {
		x.req.Body = x.body
	}
	return nil
}

// readTarget splits the request target into path and query and brings the path
// into its canonical form. The authority of a target in absolute form counts,
// and the Host header does not (RFC 9112, 3.2.2).
func (x *exchange) readTarget(target []byte) error {
	if authority, rest, ok := cutAuthority(target); ok {
		if len(authority) == 0 || bytes.IndexByte(authority, '@') >= 0 {
			return fault.New(fault.Invalid, "the request target names no host, or a user")
		}
		x.req.Host, target = x.own(authority), rest
	}
	path, query, _ := bytes.Cut(target, []byte{'?'})
	if len(path) == 0 {
		path = []byte{'/'}
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
	x.path = x.req.Path
	return nil
}

// cutAuthority splits a target in absolute form.
func cutAuthority(target []byte) (authority, rest []byte, ok bool) {
	scheme, rest, ok := bytes.Cut(target, []byte("://"))
	if !ok || !abi.EqualFold(scheme, "http") && !abi.EqualFold(scheme, "https") {
		return nil, target, false
	}
	end := bytes.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	return rest[:end], rest[end:], true
}

// readFields copies the header fields as they were sent, in their order, and
// refuses what would frame the body in two ways.
func (x *exchange) readFields(rc *fasthttp.RequestCtx, maxFields int) error {
	h := &rc.Request.Header
	if version := h.Protocol(); string(version) != "HTTP/1.1" && string(version) != "HTTP/1.0" {
		return fault.Wrap(fault.Invalid, errFraming, "%q is no known version of the protocol", version)
	}
	if raw := h.RawHeaders(); bytes.Contains(raw, []byte("\n ")) || bytes.Contains(raw, []byte("\n\t")) {
		return fault.Wrap(fault.Invalid, errFraming, "a header field goes on in a second line")
	}
	length, coded := false, false
	for name, value := range h.AllInOrder() {
		if len(x.req.Header) >= maxFields {
			return fault.Wrap(fault.TooLarge, errHeaderBlock, "the request has more than %d header fields", maxFields)
		}
		x.req.Header = append(x.req.Header, abi.Field{Name: x.own(name), Value: x.own(value)})
		if !isToken(name) {
			return fault.Wrap(fault.Invalid, errFraming, "%q is no name of a header field", name)
		}
		switch len(name) {
		case len("Expect"):
			if abi.EqualFold(name, "Expect") && !abi.EqualFold(value, "100-continue") {
				return fault.Wrap(fault.Invalid, errExpectation, "the expectation %q can't be met", value)
			}
		case len("Connection"):
			if abi.EqualFold(name, "Connection") && hasToken(value, "close") {
				rc.SetConnectionClose()
			}
		case len("Content-Length"):
			length = length || abi.EqualFold(name, "Content-Length")
		case len("Transfer-Encoding"):
			if abi.EqualFold(name, "Transfer-Encoding") {
				coded = true
				if !abi.EqualFold(value, "chunked") {
					return fault.Wrap(fault.Invalid, errFraming, "the transfer encoding %q is not known", value)
				}
			}
		}
	}
	if length && coded {
		return fault.Wrap(fault.Invalid, errFraming, "the request has both Content-Length and Transfer-Encoding")
	}
	return nil
}

// The characters of a token (RFC 9110, 5.6.2), a bit for each: letters, digits
// and !#$%&'*+-.^_`|~ .
const (
	tokenLow  = 0x03FF6CFA00000000 // 0 to 63
	tokenHigh = 0x57FFFFFFC7FFFFFE // 64 to 127
)

// isToken reports whether name can be the name of a header field.
func isToken(name []byte) bool {
	for _, c := range name {
		set := uint64(tokenLow)
		if c >= 64 {
			set = tokenHigh
		}
		if c >= 128 || set>>(c&63)&1 == 0 {
			return false
		}
	}
	return len(name) > 0
}

// hasToken reports whether a list of tokens has want in it.
func hasToken(list []byte, want string) bool {
	for len(list) > 0 {
		var token []byte
		token, list, _ = bytes.Cut(list, []byte{','})
		if abi.EqualFold(bytes.Trim(token, " \t"), want) {
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
