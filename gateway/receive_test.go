package gateway

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/valyala/fasthttp"
)

// announcing returns a context whose request announces a body of that length,
// below 0 in chunks, which comes from stream.
func announcing(stream io.Reader, length int) *fasthttp.RequestCtx {
	rc := &fasthttp.RequestCtx{}
	rc.Init(&fasthttp.Request{}, nil, nil)
	rc.Request.SetBodyStream(stream, length)
	rc.Request.Header.SetContentLength(length)
	return rc
}

func TestExchange_receivesBodies(t *testing.T) {
	const most = 300_000
	x := &exchange{}
	for _, length := range []int{0, 1, 100, firstRoom - 1, firstRoom, firstRoom + 1, 100_000, most} {
		sent := bytes.Repeat([]byte("0123456789"), length/10+1)[:length]
		for name, reader := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "half": iotest.HalfReader, "with the end": iotest.DataErrReader,
		} {
			for _, announced := range []int{length, -1} {
				x.body = x.body[:0]
				if err := x.receive(announcing(reader(bytes.NewReader(sent)), announced), most); err != nil || !bytes.Equal(x.body, sent) {
					t.Errorf("%s, %d bytes, announced %d: got %d, %v", name, length, announced, len(x.body), err)
				}
			}
		}
	}
}

func TestExchange_refusesBodies(t *testing.T) {
	const most = 100_000
	broken := errors.New("broken")
	endless := func() io.Reader { return zeros{} }
	for name, test := range map[string]struct {
		stream io.Reader
		length int
		want   error
	}{
		"announced too large": {endless(), most + 1, fasthttp.ErrBodyTooLarge},
		"chunks too large":    {endless(), -1, fasthttp.ErrBodyTooLarge},
		"ends early":          {bytes.NewReader(make([]byte, 999)), 1000, io.ErrUnexpectedEOF},
		"ends at once":        {bytes.NewReader(nil), 1000, io.ErrUnexpectedEOF},
		"breaks":              {io.MultiReader(bytes.NewReader(make([]byte, 20)), iotest.ErrReader(broken)), 1000, broken},
		"breaks in chunks":    {iotest.ErrReader(broken), -1, broken},
	} {
		x := &exchange{}
		if err := x.receive(announcing(test.stream, test.length), most); !errors.Is(err, test.want) {
			t.Errorf("%s: err = %v, want %v", name, err, test.want)
		}
		if cap(x.body) > 2*most {
			t.Errorf("%s: has room for %d bytes", name, cap(x.body))
		}
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// A client that announces much and sends little is given little room.
func TestExchange_givesRoomForWhatHasCome(t *testing.T) {
	const most = 10_000_000
	for _, come := range []int{0, 4, 100_000} {
		x := &exchange{}
		err := x.receive(announcing(bytes.NewReader(make([]byte, come)), most), most)
		if !errors.Is(err, io.ErrUnexpectedEOF) || len(x.body) != come || cap(x.body) > 4*come+2*firstRoom {
			t.Errorf("%d bytes came of %d: room for %d, %v", come, most, cap(x.body), err)
		}
	}
}
