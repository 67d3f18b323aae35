package load

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// parser finds the end of answers in bytes that come a few at a time. Whoever
// uses it asks whether the answer is whole, and as long as it isn't reads into
// room and says how much came. No byte of a body is looked at twice.
type parser struct {
	answer answer // whole when parse says so
	part   part
	method string
	buf    []byte
	r, w   int    // buf[r:w] came and is not yet used
	seen   int    // bytes from r on in which the header does not end
	body   []byte // the room of bodies that don't lie in buf
	left   int64  // bytes to come of the body, or of the chunk
}

// part is where in an answer a parser is.
type part int

const (
	inHead    part = iota
	inBytes        // of a body whose length is known
	inRest         // of a body that ends with the connection
	inSize         // the line before a chunk
	inChunk        // up to its length
	inBreak        // the end of line after a chunk
	inTrailer      // the lines after the last chunk
	complete
)

// begin prepares for the answer to a request with method. What came after the
// answer before is its beginning.
func (p *parser) begin(method string) {
	p.part, p.method, p.seen = inHead, method, 0
	p.answer = answer{}
}

// reset forgets what came: the connection is another one.
func (p *parser) reset() { p.r, p.w = 0, 0 }

// parse goes on with what came, and reports whether the answer is whole.
func (p *parser) parse() (whole bool, err error) {
	for on := true; on && err == nil && p.part != complete; {
		switch p.part {
		case inHead:
			on, err = p.takeHead()
		case inBytes:
			on, err = p.takeBytes(complete), nil
		case inRest:
			on, err = false, p.takeRest()
		case inSize:
			on, err = p.takeSize()
		case inChunk:
			on, err = p.takeBytes(inBreak), nil
		case inBreak:
			on, err = p.takeBreak()
		case inTrailer:
			on, err = p.takeTrailer()
		}
	}
	return p.part == complete, err
}

// room is where the next bytes have to be read to; it is never empty while the
// answer is not whole. A body of known length, or a long chunk, is read to where
// it stays.
func (p *parser) room() []byte {
	if p.part == inBytes || p.part == inChunk && p.left >= int64(len(p.buf)) {
		p.body = slices.Grow(p.body, int(p.left))
		return p.body[len(p.body) : len(p.body)+int(p.left)]
	}
	if p.r == p.w {
		p.r, p.w = 0, 0
	}
	if p.w == len(p.buf) {
		if p.r > 0 {
			p.w = copy(p.buf, p.buf[p.r:p.w])
			p.r = 0
		} else {
			p.buf = append(p.buf, make([]byte, max(len(p.buf), firstRoom))...)
		}
	}
	return p.buf[p.w:]
}

// came says that n bytes were read into room.
func (p *parser) came(n int) {
	if p.part == inBytes || p.part == inChunk && p.left >= int64(len(p.buf)) {
		p.body = p.body[:len(p.body)+n]
		p.left -= int64(n)
		return
	}
	p.w += n
}

// end says that no more bytes come. It returns nil when that makes the answer
// whole.
func (p *parser) end() error {
	switch p.part {
	case inHead:
		return io.EOF
	case inRest:
		p.part = complete
		p.finish(p.body)
		return nil
	}
	return fmt.Errorf("the answer ends in its body: %w", io.ErrUnexpectedEOF)
}

func (p *parser) finish(body []byte) {
	p.answer.body = body
	p.answer.bytes += int64(len(body))
}

// takeHead takes a header when it has come as a whole, and leaves out those of
// answers before the answer.
func (p *parser) takeHead() (on bool, err error) {
	end := bytes.Index(p.buf[p.r+p.seen:p.w], headEnd)
	if end < 0 {
		p.seen = max(p.w-p.r-len(headEnd)+1, 0)
		if p.w-p.r >= maxHead {
			return false, fmt.Errorf("%w: its header has more than %d bytes", errMalformed, maxHead)
		}
		return false, nil
	}
	text := p.buf[p.r : p.r+p.seen+end+len(headEnd)]
	p.r += len(text)
	p.seen = 0
	p.answer.bytes += int64(len(text))
	h, err := parseHead(text)
	if err != nil || h.status < 200 && h.status != 101 {
		return true, err
	}
	p.answer.status, p.answer.closes = h.status, h.closes
	return true, p.startBody(&h)
}

// startBody goes from the header to the body that it announces. A body that is
// there already stays where it is.
func (p *parser) startBody(h *head) error {
	p.body = p.body[:0]
	switch {
	case p.method == "HEAD" || h.status == 204 || h.status == 304:
		p.part = complete
	case h.chunked:
		p.part = inSize
	case h.length > maxBody:
		return fmt.Errorf("%w: its body has more than %d bytes", errMalformed, maxBody)
	case h.length > int64(p.w-p.r):
		p.part, p.left = inBytes, h.length
	case h.length >= 0:
		p.part = complete
		p.finish(p.buf[p.r : p.r+int(h.length)])
		p.r += int(h.length)
	default:
		p.answer.closes = true
		p.part = inRest
	}
	return nil
}

// takeBytes takes what is left of a body or chunk; next is what follows.
func (p *parser) takeBytes(next part) (on bool) {
	n := min(int64(p.w-p.r), p.left)
	p.body = append(p.body, p.buf[p.r:p.r+int(n)]...)
	p.r += int(n)
	p.left -= n
	if p.left > 0 {
		return false
	}
	if p.part = next; next == complete {
		p.finish(p.body)
	}
	return true
}

func (p *parser) takeRest() error {
	p.body = append(p.body, p.buf[p.r:p.w]...)
	p.r = p.w
	if len(p.body) > maxBody {
		return fmt.Errorf("%w: its body has more than %d bytes", errMalformed, maxBody)
	}
	return nil
}

// takeSize takes the line before a chunk.
func (p *parser) takeSize() (on bool, err error) {
	line, on, err := p.takeLine()
	if !on {
		return false, err
	}
	digits, _, _ := bytes.Cut(line, []byte(";"))
	size, err := strconv.ParseUint(string(bytes.TrimSpace(digits)), 16, 32)
	if err != nil || int64(len(p.body))+int64(size) > maxBody {
		return false, fmt.Errorf("%w: the size of a chunk is %s", errMalformed, excerpt(line))
	}
	p.part, p.left = inChunk, int64(size)
	if size == 0 {
		p.part = inTrailer
	}
	return true, nil
}

// takeBreak takes the end of the line that a chunk is.
func (p *parser) takeBreak() (on bool, err error) {
	line, on, err := p.takeLine()
	if len(line) > 0 {
		return false, fmt.Errorf("%w: a chunk is longer than it says", errMalformed)
	}
	if on {
		p.part = inSize
	}
	return on, err
}

// takeTrailer takes a line after the last chunk and leaves it out; the empty one
// ends the answer.
func (p *parser) takeTrailer() (on bool, err error) {
	line, on, err := p.takeLine()
	if on && len(line) == 0 {
		p.part = complete
		p.finish(p.body)
	}
	return on, err
}

// takeLine takes a line without its end when it has come as a whole.
func (p *parser) takeLine() (line []byte, on bool, err error) {
	end := bytes.Index(p.buf[p.r:p.w], lineEnd)
	switch {
	case end >= 0:
		line = p.buf[p.r : p.r+end]
		p.r += end + len(lineEnd)
		return line, true, nil
	case p.w-p.r > maxLine:
		return nil, false, fmt.Errorf("%w: a line in its chunked body is too long", errMalformed)
	}
	return nil, false, nil
}
