package abi

import (
	"strconv"
	"time"
	"unsafe"

	"github.com/postern-dev/postern/abi/internal/jsontext"
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

	// Fixed may hold what AppendFixed gave for another run of the same
	// function, so that it is not written anew for each.
	Fixed []byte
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
	if c.Fixed != nil {
		dst = append(dst, c.Fixed...)
	} else {
		dst = c.AppendFixed(dst)
	}
	dst = append(dst, `,"deadlineMs":`...)
	dst = strconv.AppendInt(dst, c.Deadline.UnixMilli(), 10)
	dst = append(dst, `,"caller":`...)
	dst = AppendString(dst, c.Caller)
	return append(dst, '}')
}

// AppendFixed appends the part of the context that is the same for all runs of
// a function.
func (c *Context) AppendFixed(dst []byte) []byte {
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
	return dst
}

// AppendString appends s to dst as a JSON string. Bytes that are not UTF-8
// become U+FFFD, so the result is valid JSON for any input. It allocates
// nothing when dst has the room.
func AppendString[S ~string | ~[]byte](dst []byte, s S) []byte {
	return jsontext.AppendString(dst, bytesOf(s))
}

// bytesOf is the bytes of s, not a copy: nobody may write to them. Strings and
// slices both begin with a pointer to their bytes.
func bytesOf[S ~string | ~[]byte](s S) []byte {
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&s)), len(s))
}
