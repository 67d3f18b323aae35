package lite

import (
	"context"
	"errors"
	"runtime"
)

// program is the function's own state, in the only place where the exports of
// a module can find it. Its rooms are made at the start, so that they are part
// of the image and no call has to make them again.
var program = state{rooms: [2][]byte{make([]byte, 8<<10), make([]byte, 1<<10)}}

type state struct {
	handle  func(ctx context.Context, event []byte) ([]byte, error)
	reply   []byte    // of the last call; the host reads it after postern_handle returned
	rooms   [2][]byte // of event and context
	taken   int       // rooms given to the host for this call
	calling int       // calls of services that the host is in the middle of
	answers [][]byte  // room it asked for in there
}

// maxKept is the size up to which buffers are kept for the next call.
const maxKept = 256 << 10

// Handle gives every event, as it is, to handler. The reply that it returns
// must stay unchanged until the next event.
func Handle(handler func(ctx context.Context, event []byte) (reply []byte, err error)) {
	program.handle = handler
}

// HandleEvent gives every event to handler and answers with its response.
func HandleEvent(handler func(ctx context.Context, e Event) (Response, error)) {
	var f fields
	reply := make([]byte, 0, 4<<10)
	Handle(func(ctx context.Context, event []byte) ([]byte, error) {
		f.scan(event)
		res, err := handler(ctx, Event{&f})
		if err != nil {
			return nil, err
		}
		if cap(reply) > maxKept {
			reply = nil
		}
		reply = res.appendTo(reply[:0], f.gateway())
		return reply, nil
	})
}

// Try gives an event to the handler and returns its reply, as a runtime would.
// It is for tests. contextJSON may be nil.
func Try(event, contextJSON []byte) ([]byte, error) {
	if program.handle == nil {
		return nil, errors.New("no handler: call Handle, HandleEvent or Serve in main or init")
	}
	return attempt(event, contextJSON)
}

// attempt runs the handler once. A panic becomes an error.
func attempt(event, contextJSON []byte) (reply []byte, err error) {
	r := newRun(contextJSON)
	defer func() {
		r.end(context.Canceled)
		if p := recover(); p != nil {
			reply, err = nil, errors.New("panic: "+panicText(p))
			stack := make([]byte, 16<<10)
			printError(err.Error() + "\n" + string(stack[:runtime.Stack(stack, false)]))
		}
	}()
	return program.handle(r, event)
}

// panicText is the text of a panic's value, without reflection.
func panicText(p any) string {
	switch v := p.(type) {
	case error:
		return v.Error()
	case string:
		return v
	case interface{ String() string }:
		return v.String()
	}
	return "a value that is no text"
}
