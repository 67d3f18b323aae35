package postern

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"unsafe"

	"github.com/postern-dev/postern/sdk/go/lite"
)

// late is the writer of calls that have none of their own. It is made by Serve,
// so that it is part of the image; nil without it.
var late *writer

// call is a request with what it points to. A handler may keep it, so it is never
// used again.
type call struct {
	request http.Request
	url     url.URL
	body    body
	writer  *writer // of its response; nil: it shares one with others
}

// ready is a call that was made ahead, with the writer of its response. In clean
// memory all calls have the same one. It lies in one page, since every page that
// is written to has to be put back.
type ready struct {
	call
	own  writer
	room [smallBody]byte
}

// smallBody is the size of bodies that there is always room for.
const smallBody = readySize - unsafe.Sizeof(call{}) - unsafe.Sizeof(writer{})

// readySize is a power of two, less the word that the allocator takes of it.
const readySize = 1<<10 - 8

// prepare makes ready what calls would have to make otherwise, and does once what
// is much work at first and none later.
func prepare() {
	lite.Ahead(func(ctx context.Context) any {
		r := new(ready)
		r.set(ctx)
		r.writer, r.own = &r.own, newWriter(r.room[:])
		return &r.call
	})
	w := newWriter(make([]byte, smallBody))
	late = &w
	_, _ = io.WriteString(late, "")                          // finds WriteString; none of these can fail
	_, _ = io.Copy(late, io.NopCloser(bytes.NewReader(nil))) // finds that there is no ReadFrom
	new(url.URL).Query()                                     // finds how many parameters are allowed
	late.reset()
}

// takeCall returns the call of a context: the one that was made for it, as long
// as nobody has that.
func takeCall(ctx context.Context) *call {
	if c, ok := lite.TakeAhead(ctx).(*call); ok {
		return c
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
