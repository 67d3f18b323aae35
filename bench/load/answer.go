package load

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Bounds of what a server may answer.
const (
	firstRoom = 4 << 10  // of a connection's buffer
	maxHead   = 64 << 10 // bytes of a status line and header
	maxBody   = 64 << 20
	maxLine   = 256 // bytes of the line before a chunk
)

// answer is one response. Its body is valid until the next one is read.
type answer struct {
	status int
	body   []byte
	closes bool  // the server closes the connection after it
	bytes  int64 // of the answer, header included
}

// head is what the header of a response says of what follows.
type head struct {
	status  int
	length  int64 // of the body; -1 when the header does not say
	chunked bool
	closes  bool
}

var (
	errMalformed = errors.New("the answer is not HTTP")
	headEnd      = []byte("\r\n\r\n")
	lineEnd      = []byte("\r\n")
)

// reader reads responses from one connection.
type reader struct {
	from io.Reader
	buf  []byte
	r, w int // buf[r:w] is read and not yet used
	body []byte
}

// read reads the answer to a request with method into a.
func (in *reader) read(a *answer, method string) error {
	a.bytes = 0
	for {
		text, err := in.readHead()
		if err != nil {
			return err
		}
		a.bytes += int64(len(text))
		h, err := parseHead(text)
		if err != nil {
			return err
		}
		if h.status < 200 && h.status != 101 {
			continue
		}
		a.status, a.closes = h.status, h.closes
		if method == "HEAD" || h.status == 204 || h.status == 304 {
			a.body = nil
			return nil
		}
		return in.readBody(a, &h)
	}
}

// readHead returns a header with the empty line at its end.
func (in *reader) readHead() ([]byte, error) {
	seen := 0
	for {
		if end := bytes.Index(in.buf[in.r+seen:in.w], headEnd); end >= 0 {
			text := in.buf[in.r : in.r+seen+end+len(headEnd)]
			in.r += len(text)
			return text, nil
		}
		seen = max(in.w-in.r-len(headEnd)+1, 0)
		if in.w-in.r >= maxHead {
			return nil, fmt.Errorf("%w: its header has more than %d bytes", errMalformed, maxHead)
		}
		if err := in.fill(); err != nil {
			return nil, err
		}
	}
}

// fill reads at least one more byte into the buffer.
func (in *reader) fill() error {
	if in.r == in.w {
		in.r, in.w = 0, 0
	}
	if in.w == len(in.buf) {
		if in.r > 0 {
			in.w = copy(in.buf, in.buf[in.r:in.w])
			in.r = 0
		} else {
			in.buf = append(in.buf, make([]byte, max(len(in.buf), firstRoom))...)
		}
	}
	n, err := in.from.Read(in.buf[in.w:])
	in.w += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

func (in *reader) readBody(a *answer, h *head) error {
	var err error
	switch {
	case h.chunked:
		a.body, err = in.readChunks()
	case h.length >= 0:
		a.body, err = in.readBytes(h.length)
	default:
		a.closes = true
		a.body, err = in.readRest()
	}
	a.bytes += int64(len(a.body))
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("the answer ends in its body: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// readBytes returns the next n bytes: from the buffer when they are there, from
// room of their own otherwise.
func (in *reader) readBytes(n int64) ([]byte, error) {
	if n > maxBody {
		return nil, fmt.Errorf("%w: its body has more than %d bytes", errMalformed, maxBody)
	}
	if int64(in.w-in.r) >= n {
		body := in.buf[in.r : in.r+int(n)]
		in.r += int(n)
		return body, nil
	}
	if int64(cap(in.body)) < n {
		in.body = make([]byte, n)
	}
	in.body = in.body[:n]
	have := copy(in.body, in.buf[in.r:in.w])
	in.r, in.w = 0, 0
	_, err := io.ReadFull(in.from, in.body[have:])
	return in.body, err
}

// readRest returns all that comes until the server closes the connection.
func (in *reader) readRest() ([]byte, error) {
	in.body = append(in.body[:0], in.buf[in.r:in.w]...)
	in.r, in.w = 0, 0
	for {
		switch err := in.fill(); {
		case errors.Is(err, io.EOF):
			return in.body, nil
		case err != nil:
			return in.body, err
		}
		in.body = append(in.body, in.buf[in.r:in.w]...)
		in.r, in.w = 0, 0
		if len(in.body) > maxBody {
			return in.body, fmt.Errorf("%w: its body has more than %d bytes", errMalformed, maxBody)
		}
	}
}

// readChunks returns a chunked body, joined. Trailers are read and left out.
func (in *reader) readChunks() ([]byte, error) {
	in.body = in.body[:0]
	for {
		line, err := in.readLine()
		if err != nil {
			return in.body, err
		}
		digits, _, _ := bytes.Cut(line, []byte(";"))
		size, err := strconv.ParseUint(string(bytes.TrimSpace(digits)), 16, 32)
		if err != nil || int64(len(in.body))+int64(size) > maxBody {
			return in.body, fmt.Errorf("%w: the size of a chunk is %s", errMalformed, excerpt(line))
		}
		last := size == 0
		for size > 0 {
			if in.r == in.w {
				if err := in.fill(); err != nil {
					return in.body, err
				}
			}
			n := min(uint64(in.w-in.r), size)
			in.body = append(in.body, in.buf[in.r:in.r+int(n)]...)
			in.r += int(n)
			size -= n
		}
		if line, err = in.readLine(); err != nil {
			return in.body, err
		}
		if last {
			for len(line) > 0 {
				if line, err = in.readLine(); err != nil {
					return in.body, err
				}
			}
			return in.body, nil
		}
		if len(line) > 0 {
			return in.body, fmt.Errorf("%w: a chunk is longer than it says", errMalformed)
		}
	}
}

// readLine returns the next line without its end. It is valid until the next
// read.
func (in *reader) readLine() ([]byte, error) {
	for {
		if end := bytes.Index(in.buf[in.r:in.w], lineEnd); end >= 0 {
			line := in.buf[in.r : in.r+end]
			in.r += end + len(lineEnd)
			return line, nil
		}
		if in.w-in.r > maxLine {
			return nil, fmt.Errorf("%w: a line in its chunked body is too long", errMalformed)
		}
		if err := in.fill(); err != nil {
			return nil, err
		}
	}
}
