package lite

import (
	"context"
	"errors"
	"runtime"
)

// Handle gives every event, as it is, to handler. The reply that it returns
// must stay unchanged until the next event.
func Handle(handler func(ctx context.Context, event []byte) (reply []byte, err error)) {
	program.handle = handler
	roomFor(16, 32, 48, 64)
}

// HandleEvent gives every event to handler and answers with its response.
func HandleEvent(handler func(ctx context.Context, e Event) (Response, error)) {
	Handle(func(ctx context.Context, event []byte) ([]byte, error) {
		f := &program.fields
		f.scan(event)
		res, err := handler(ctx, Event{f})
		if err != nil {
			return nil, err
		}
		return program.keepReply(res.appendTo(program.replyRoom(), f.gateway(), nil)), nil
	})
}

// HandleSniffing is HandleEvent for handlers that never fail and whose responses,
// when they have a body and no Content-Type, are of the one that sniff says. A
// response is read at once; its Header may not be nil.
func HandleSniffing(sniff func(body []byte) string, handler func(ctx context.Context, e Event) *Response) {
	Handle(func(ctx context.Context, event []byte) ([]byte, error) {
		f := &program.fields
		f.scan(event)
		return program.keepReply(handler(ctx, Event{f}).appendTo(program.replyRoom(), f.gateway(), sniff)), nil
	})
}

// Try gives an event to the handler and returns its reply, as a runtime would.
// It is for tests. contextJSON may be nil.
func Try(event, contextJSON []byte) ([]byte, error) {
	if program.handle == nil {
		return nil, errNoHandler
	}
	return attempt(event, contextJSON)
}

var errNoHandler = errors.New("no handler: call Handle, HandleEvent or Serve in main or init")

// attempt runs the handler once. A panic becomes an error.
func attempt(event, contextJSON []byte) (reply []byte, err error) {
	r := program.takeRun(contextJSON)
	defer func() {
		r.cancel()
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
