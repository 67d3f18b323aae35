package lite

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Info is what a function learns of the run that it is part of.
type Info struct {
	RequestID   string        // of the call; the same for all of its attempts
	TraceID     string        // of this attempt
	Attempt     int           // counts from 1
	App         string        // name of the app
	Function    string        // name of the function
	Version     string        // digest of the app's version
	MemoryLimit uint64        // bytes
	RunLimit    time.Duration // the life of this run
	Deadline    time.Time     // when this run is ended
	Caller      string        // who was admitted; empty for anybody
}

// FromContext returns what is known of the run that ctx belongs to. It is the
// zero Info when ctx does not come from a handler's context.
func FromContext(ctx context.Context) Info {
	if r, ok := ctx.Value(runKey{}).(*run); ok {
		return *r.known()
	}
	return Info{}
}

type runKey struct{}

// run is the context of one call. It is done when the call has ended or its
// deadline has passed, and costs a timer only when somebody asks for Done.
type run struct {
	context []byte // JSON; few functions ask for what is in it
	ahead   any    // what Ahead had made for the call; nil: nothing
	taken   bool   // somebody has that
	scan    sync.Once
	info    Info // what is in context, once scan is done

	use   atomic.Int32 // the contexts of most calls are never asked for anything
	mu    sync.Mutex
	done  chan struct{}
	timer *time.Timer
	err   error
}

// The uses of a run. It begins unused, and goes to one of the others.
const (
	unused int32 = iota
	asked        // whether it is done, under mu
	over         // it was canceled before anybody asked
)

// newRun is the context of a call. It keeps contextJSON, unread.
func newRun(contextJSON []byte) *run { return &run{context: contextJSON} }

// known is what is in the context. It is read at most once.
func (r *run) known() *Info {
	r.scan.Do(func() { r.info.scan(r.context) })
	return &r.info
}

// scan reads the JSON that the host sends beside the event.
func (i *Info) scan(raw []byte) {
	for o := newObject(raw); ; {
		key, value, ok := o.next()
		if !ok {
			return
		}
		switch string(key) {
		case "requestId":
			i.RequestID = text(value)
		case "traceId":
			i.TraceID = text(value)
		case "attempt":
			i.Attempt = int(number(value))
		case "app":
			i.App = text(value)
		case "function":
			i.Function = text(value)
		case "version":
			i.Version = text(value)
		case "memoryLimit":
			i.MemoryLimit = uint64(number(value))
		case "runLimitMs":
			i.RunLimit = time.Duration(number(value)) * time.Millisecond
		case "deadlineMs":
			i.Deadline = time.UnixMilli(number(value))
		case "caller":
			i.Caller = text(value)
		}
	}
}

// Deadline implements [context.Context].
func (r *run) Deadline() (time.Time, bool) {
	deadline := r.known().Deadline
	return deadline, !deadline.IsZero()
}

// Done implements [context.Context].
func (r *run) Done() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.askLocked()
	if r.done != nil {
		return r.done
	}
	r.done = make(chan struct{})
	if r.err != nil {
		close(r.done)
	} else if deadline, ok := r.Deadline(); ok {
		r.timer = time.AfterFunc(time.Until(deadline), func() { r.end(context.DeadlineExceeded) })
	}
	return r.done
}

// Err implements [context.Context].
func (r *run) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.askLocked()
	if r.err != nil {
		return r.err
	}
	if deadline, ok := r.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return nil
}

// Value implements [context.Context].
func (r *run) Value(key any) any {
	if key == (runKey{}) {
		return r
	}
	return nil
}

// askLocked notes that somebody wants to know whether the context is done.
func (r *run) askLocked() {
	if !r.use.CompareAndSwap(unused, asked) && r.err == nil && r.use.Load() == over {
		r.err = context.Canceled
	}
}

// cancel makes the context done because its call has ended.
func (r *run) cancel() {
	if !r.use.CompareAndSwap(unused, over) {
		r.end(context.Canceled)
	}
}

// end makes the context done; the first reason stays.
func (r *run) end(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return
	}
	r.err = err
	if r.timer != nil {
		r.timer.Stop()
	}
	if r.done != nil {
		close(r.done)
	}
}
