package postern

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/postern-dev/postern/sdk/go/lite"
)

// ahead is made by Serve, so that it is part of the image; nil without it.
var ahead *kit

// kit is what calls of a handler would have to make otherwise: a request each,
// with the call's context in it, and a writer for all of them. They lie in one
// piece, since every page that a call writes to has to be put back after it.
type kit struct {
	writer
	calls [stock]call
	taken int
}

// stock is for how many calls a kit has requests. A handler may keep its
// request, so nobody else gets it; in clean memory all calls have the same.
const stock = 64

// call is a request with what it points to.
type call struct {
	request http.Request
	url     url.URL
	body    body
}

// newKit makes a kit, and does once what is much work at first and none later.
func newKit() *kit {
	k := new(kit)
	for n, ctx := range lite.Ahead() {
		if n < stock {
			k.calls[n].set(ctx)
		}
	}
	w := &k.writer
	w.header = http.Header{} // the last map: those that a call makes lie beside it
	w.header.Set("Content-Type", "")
	w.reset()
	_, _ = io.WriteString(w, "")                          // finds WriteString; none of these can fail
	_, _ = io.Copy(w, io.NopCloser(bytes.NewReader(nil))) // finds that there is no ReadFrom
	k.calls[0].url.Query()                                // finds how many parameters are allowed
	w.reset()
	return k
}

// take returns the call of a context: one that was made for it, as long as
// nobody has that.
func (k *kit) take(ctx context.Context) *call {
	if k != nil {
		for n := k.taken; n < stock; n++ {
			if c := &k.calls[n]; c.request.Context() == ctx {
				k.taken = n + 1
				return c
			}
		}
	}
	c := new(call)
	c.set(ctx)
	return c
}

// set makes a request that has nothing but what all of them have. One path
// value is in it, of no name, since making room for the first is much work.
func (c *call) set(ctx context.Context) {
	c.request = *sample.WithContext(ctx)
	c.request.URL = &c.url
	c.request.SetPathValue("", "")
}

// sample is what all requests have in common.
var sample = &http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody}

// body is the body of a request.
type body struct{ reader bytes.Reader }

// Read implements [io.Reader].
func (b *body) Read(p []byte) (int, error) { return b.reader.Read(p) }

// WriteTo implements [io.WriterTo].
func (b *body) WriteTo(w io.Writer) (int64, error) { return b.reader.WriteTo(w) }

// Close implements [io.Closer]; it does nothing.
func (b *body) Close() error { return nil }
