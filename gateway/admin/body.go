package admin

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi/fault"
)

// prefetched is how much of a body fasthttp reads before the handler runs.
const prefetched = 8 << 10

// body reads what a client sends, never more than its limit and never slower
// than the server's upload rate. Its zero limit takes no byte.
type body struct {
	stream io.Reader // nil when there is none
	conn   net.Conn
	limit  int64
	length int64 // as declared; -1 when it is not
	n      int64 // read so far
	ended  bool

	started time.Time
	wait    time.Duration
	rate    int64 // bytes per second
}

func (s *Server) newBody(rc *fasthttp.RequestCtx) *body {
	return &body{
		stream:  rc.RequestBodyStream(),
		conn:    rc.Conn(),
		length:  int64(rc.Request.Header.ContentLength()),
		started: time.Now(),
		wait:    s.options.Limits.ReadWait,
		rate:    s.options.Limits.UploadRate,
	}
}

// Read fails with too_large past the limit and with invalid when the client
// ends early or is too slow.
func (b *body) Read(p []byte) (int, error) {
	if b.ended || b.stream == nil {
		return 0, io.EOF
	}
	if b.n > b.limit {
		return 0, uploadTooLarge(b.limit)
	}
	if int64(len(p)) > b.limit+1-b.n {
		p = p[:b.limit+1-b.n]
	}
	earned := time.Duration(b.n/max(b.rate, 1)) * time.Second
	if err := b.conn.SetReadDeadline(b.started.Add(b.wait + earned)); err != nil {
		return 0, fault.Wrap(fault.Invalid, err, "the connection broke")
	}
	n, err := b.stream.Read(p)
	b.n += int64(n)
	switch {
	case b.n > b.limit:
		return n, uploadTooLarge(b.limit)
	case errors.Is(err, io.EOF) && b.length > 0 && b.n < b.length:
		return n, fault.New(fault.Invalid, "the body ended after %d of %d bytes", b.n, b.length)
	case errors.Is(err, io.EOF):
		b.ended = true
		return n, io.EOF
	case err != nil:
		return n, fault.Wrap(fault.Invalid, err, "the body broke off after %d bytes, or came too slowly", b.n)
	}
	return n, nil
}

// allow sets the limit and refuses a body that declares to be larger.
func (b *body) allow(limit int64) error {
	b.limit = limit
	if b.length > limit {
		return uploadTooLarge(limit)
	}
	return nil
}

// readAll returns the whole body, of limit bytes at most.
func (b *body) readAll(limit int64) ([]byte, error) {
	if err := b.allow(limit); err != nil {
		return nil, err
	}
	return io.ReadAll(b)
}

// left reports whether bytes of this request may still come, so that the
// connection can't carry another request.
func (b *body) left() bool {
	if b.stream == nil || b.ended || b.length == 0 {
		return false
	}
	return b.length < 0 || b.length > prefetched
}

func uploadTooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "the body is larger than %d bytes", limit).
		WithHint("send less, or raise the limit in the server's configuration")
}

// readUpTo fills p as far as r goes.
func readUpTo(r io.Reader, p []byte) (int, error) {
	n, err := io.ReadFull(r, p)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

// storing turns an error of a file of ours into the fault that it is; other
// errors stay what they are.
func storing(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fault.Wrap(fault.DiskFull, err, "the server's disk is full; nothing was changed").
			WithHint("make room in the data directory and send the upload again")
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return fault.Wrap(fault.Internal, err, "the server can't keep the upload")
	}
	return err
}
