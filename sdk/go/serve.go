package postern

import (
	"context"
	"net/http"
	"net/url"

	"github.com/postern-dev/postern/sdk/go/lite"
)

// Serve answers every event with handler. It is called in an init function and
// returns at once: the host calls the handler when there is a request. Path variables of the route can be read
// with PathValue even when handler is not a mux. What http.Hijacker and full
// duplex need does not exist here; a flush does nothing.
func Serve(handler http.Handler) {
	if late == nil {
		prepare()
	}
	lite.HandleSniffing(http.DetectContentType, func(ctx context.Context, e Event) *Response {
		c := newCall(ctx, e)
		w := writerOf(c)
		handler.ServeHTTP(w, &c.request)
		return w.end()
	})
}

// NewRequest returns the event as a request of net/http. Its body is valid
// until the handler of the event returns.
func NewRequest(ctx context.Context, e Event) *http.Request { return &newCall(ctx, e).request }

// newCall returns a call with the event as its request.
func newCall(ctx context.Context, e Event) *call {
	c := takeCall(ctx)
	var p lite.Parts
	e.ReadParts(&p)
	r := &c.request
	target := setTarget(&c.url, p.Path, p.RawQuery)
	r.Method, r.Header, r.Host, r.RequestURI, r.RemoteAddr = p.Method, http.Header(p.Header), p.Host, target, p.Remote
	if len(p.Body) > 0 {
		c.body.reader.Reset(p.Body)
		r.Body, r.ContentLength = &c.body, int64(len(p.Body))
	}
	if p.Params {
		e.EachParam(r.SetPathValue)
	}
	return c
}

// setTarget sets a URL to a path as the gateway writes it: escapes that mean
// something to a router are still in it. It returns the text of the URL.
func setTarget(u *url.URL, path, rawQuery string) (text string) {
	if path == "" {
		path = "/"
	}
	u.Path, u.RawQuery = path, rawQuery
	if isPlain(path) {
		if rawQuery == "" {
			return path
		}
		return path + "?" + rawQuery
	}
	if plain, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = plain, path
	}
	return u.RequestURI()
}

// isPlain reports whether all of a path stands for itself in a URL.
func isPlain(path string) bool {
	for i := range len(path) {
		if !plain[path[i]] {
			return false
		}
	}
	return path[0] == '/'
}

var plain = func() (all [256]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~/$&+,:;=@" {
		all[c] = true
	}
	return all
}()
