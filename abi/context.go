package abi

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// Context is what a function learns about the run it is part of. It reaches the
// function as JSON beside the event; see the manual for its keys.
type Context struct {
	RequestID   string        // of the call; the same for all of its attempts
	TraceID     string        // of the attempt: 32 hex digits
	Attempt     int           // counts from 1
	App         string        // name of the app
	Function    string        // name of the function
	Version     string        // digest of the app's version
	MemoryLimit uint64        // bytes
	RunLimit    time.Duration // the life of this run
	Deadline    time.Time     // when this run is ended
	Caller      string        // who was admitted; empty for anybody
}

// AppendJSON appends the context to dst. It allocates nothing when dst has the
// room.
func (c *Context) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"requestId":`...)
	dst = AppendString(dst, c.RequestID)
	dst = append(dst, `,"traceId":`...)
	dst = AppendString(dst, c.TraceID)
	dst = append(dst, `,"attempt":`...)
	dst = strconv.AppendInt(dst, int64(c.Attempt), 10)
	dst = append(dst, `,"app":`...)
	dst = AppendString(dst, c.App)
	dst = append(dst, `,"function":`...)
	dst = AppendString(dst, c.Function)
	dst = append(dst, `,"version":`...)
	dst = AppendString(dst, c.Version)
	dst = append(dst, `,"memoryLimit":`...)
	dst = strconv.AppendUint(dst, c.MemoryLimit, 10)
	dst = append(dst, `,"runLimitMs":`...)
	dst = strconv.AppendInt(dst, c.RunLimit.Milliseconds(), 10)
	dst = append(dst, `,"deadlineMs":`...)
	dst = strconv.AppendInt(dst, c.Deadline.UnixMilli(), 10)
	dst = append(dst, `,"caller":`...)
	dst = AppendString(dst, c.Caller)
	return append(dst, '}')
}

const hex = "0123456789abcdef"

// AppendString appends s to dst as a JSON string. Bytes that are not UTF-8
// become U+FFFD, so the result is valid JSON for any input.
func AppendString[S ~string | ~[]byte](dst []byte, s S) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = appendEscaped(dst, c)
			i++
			start = i
			continue
		}
		r, n := decodeRune(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\uFFFD"...)
			i++
			start = i
			continue
		}
		i += n
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// decodeRune is utf8.DecodeRune for both kinds of text; four bytes are enough.
func decodeRune[S ~string | ~[]byte](s S) (rune, int) {
	var b [utf8.UTFMax]byte
	n := copy(b[:], s[:min(len(s), utf8.UTFMax)])
	return utf8.DecodeRune(b[:n])
}
