package load

import (
	"bytes"
	"fmt"
)

// parseHead reads a status line and header, the empty line at the end included.
// It takes from them only what is needed to find the end of the body.
func parseHead(text []byte) (head, error) {
	h := head{length: -1}
	line, rest, _ := bytes.Cut(text, lineEnd)
	if len(line) < len("HTTP/1.1 200") || string(line[:7]) != "HTTP/1." || line[8] != ' ' {
		return h, fmt.Errorf("%w: it begins with %s", errMalformed, excerpt(line))
	}
	h.closes = line[7] == '0'
	for _, c := range line[9:12] {
		if c < '0' || c > '9' {
			return h, fmt.Errorf("%w: its status is %s", errMalformed, excerpt(line[9:12]))
		}
		h.status = h.status*10 + int(c-'0')
	}
	if h.status < 100 || len(line) > 12 && line[12] != ' ' {
		return h, fmt.Errorf("%w: it begins with %s", errMalformed, excerpt(line))
	}
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, lineEnd)
		if len(line) == 0 {
			break
		}
		if err := h.take(line); err != nil {
			return h, err
		}
	}
	return h, nil
}

// take takes one header field. Most are told apart by the length of their names.
func (h *head) take(line []byte) error {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 {
		return fmt.Errorf("%w: a header field is %s", errMalformed, excerpt(line))
	}
	name, value := line[:colon], bytes.TrimSpace(line[colon+1:])
	switch {
	case colon == len("Content-Length") && bytes.EqualFold(name, []byte("Content-Length")):
		n, ok := parseLength(value)
		if !ok || h.length >= 0 && h.length != n {
			return fmt.Errorf("%w: its Content-Length is %s", errMalformed, excerpt(value))
		}
		h.length = n
	case colon == len("Transfer-Encoding") && bytes.EqualFold(name, []byte("Transfer-Encoding")):
		if !bytes.EqualFold(value, []byte("chunked")) {
			return fmt.Errorf("%w: its Transfer-Encoding is %s", errMalformed, excerpt(value))
		}
		h.chunked = true
	case colon == len("Connection") && bytes.EqualFold(name, []byte("Connection")):
		switch {
		case bytes.EqualFold(value, []byte("close")):
			h.closes = true
		case bytes.EqualFold(value, []byte("keep-alive")):
			h.closes = false
		}
	}
	return nil
}

// parseLength reads a decimal number of at most 18 digits.
func parseLength(text []byte) (int64, bool) {
	if len(text) == 0 || len(text) > 18 {
		return 0, false
	}
	n := int64(0)
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
