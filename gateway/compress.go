package gateway

import (
	"bytes"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi"
)

// minCompressed is the size above which a body is worth compressing.
const minCompressed = 1 << 10

// compress compresses the body of the response with gzip when the flavour does
// so for its type, the client takes it, and the function has not encoded it
// itself.
func (x *exchange) compress(rc *fasthttp.RequestCtx) {
	out := &rc.Response
	if x.flavour == nil || len(x.flavour.Compressed) == 0 || len(x.res.Body) <= minCompressed {
		return
	}
	if len(out.Header.Peek("Content-Encoding")) > 0 || !x.acceptsGzip() {
		return
	}
	kind, _, _ := bytes.Cut(out.Header.ContentType(), []byte{';'})
	kind = bytes.TrimSpace(kind)
	for _, t := range x.flavour.Compressed {
		if abi.EqualFold(kind, t) {
			out.SetBodyRaw(fasthttp.AppendGzipBytes(nil, x.res.Body))
			out.Header.Set("Content-Encoding", "gzip")
			out.Header.Add("Vary", "Accept-Encoding")
			return
		}
	}
}

// acceptsGzip reports whether the client names gzip among the encodings that it
// takes, and not to refuse it.
func (x *exchange) acceptsGzip() bool {
	for i := range x.req.Header {
		f := &x.req.Header[i]
		if !abi.EqualFold(f.Name, "Accept-Encoding") {
			continue
		}
		for item := range strings.SplitSeq(string(f.Value), ",") {
			name, parameters, _ := strings.Cut(item, ";")
			if strings.EqualFold(strings.TrimSpace(name), "gzip") && !refuses(parameters) {
				return true
			}
		}
	}
	return false
}

// refuses reports whether parameters say that a thing has no quality at all.
func refuses(parameters string) bool {
	name, value, _ := strings.Cut(strings.ReplaceAll(parameters, " ", ""), "=")
	return strings.EqualFold(name, "q") && strings.Trim(value, "0.") == "" && value != ""
}
