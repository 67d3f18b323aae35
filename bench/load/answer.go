package load

import (
	"errors"
	"io"
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
	parser
	from io.Reader
}

// read reads the answer to a request with method into a.
func (in *reader) read(a *answer, method string) error {
	in.begin(method)
	for {
		whole, err := in.parse()
		if whole || err != nil {
			*a = in.answer
			return err
		}
		n, err := in.from.Read(in.room())
		in.came(n)
		switch {
		case n > 0:
		case errors.Is(err, io.EOF):
			err = in.end()
			*a = in.answer
			return err
		case err != nil:
			return err
		default:
			return io.ErrNoProgress
		}
	}
}
