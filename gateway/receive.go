package gateway

import (
	"errors"
	"io"
	"slices"

	"github.com/valyala/fasthttp"
)

// Sizes of the room for a body, in bytes.
const (
	firstRoom = 16 << 10 // that a request gets before any of its body is there
	keepRoom  = 1 << 20  // that is kept for the next request
)

// receive reads the body. Room for it grows with what arrives: a client that
// announces much and sends nothing takes little. An error is one of reading a
// request, as fasthttp gives them.
func (x *exchange) receive(rc *fasthttp.RequestCtx, maxBody int) error {
	stream := rc.RequestBodyStream()
	if stream == nil {
		x.body = append(x.body, rc.Request.Body()...)
		return nil
	}
	length := rc.Request.Header.ContentLength() // below 0 when it comes in chunks
	if length > maxBody {
		return fasthttp.ErrBodyTooLarge
	}
	for {
		x.makeRoom(length, maxBody)
		n, err := stream.Read(x.body[len(x.body):cap(x.body)])
		x.body = x.body[:len(x.body)+n]
		switch {
		case len(x.body) > maxBody:
			return fasthttp.ErrBodyTooLarge
		case len(x.body) == length:
			return nil
		case errors.Is(err, io.EOF):
			if length >= 0 {
				return io.ErrUnexpectedEOF
			}
			return nil
		case err != nil:
			return err
		}
	}
}

// makeRoom makes sure that there is room for at least one more byte: twice as
// much as has come, but no more than may come.
func (x *exchange) makeRoom(length, maxBody int) {
	if len(x.body) < cap(x.body) {
		return
	}
	most := maxBody + 1 // one is too many
	if length >= 0 {
		most = length
	}
	room := min(max(2*len(x.body), firstRoom), most)
	x.body = slices.Grow(x.body, max(room-len(x.body), 1))
}
