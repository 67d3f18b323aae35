package sched

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// watches is the contexts whose end the scheduler notices by itself, for the
// calls whose goroutine is inside a run and can't.
type watches struct {
	list  atomic.Pointer[[]*watch] // replaced, never changed
	owned sync.WaitGroup           // of what happens when a context ends

	mu     sync.Mutex
	closed bool
}

// watch is one context.
type watch struct {
	ended <-chan struct{}
	stop  func() bool // guarded by the watches' mu

	err  error       // set before over
	over atomic.Bool // the context has ended
}

// Watch lets calls that are made with ctx run on the goroutine of their Do, as
// [Rescuer] says: from now on the scheduler notices by itself when ctx ends. It
// is meant for few contexts that many calls share. A ctx that is watched
// already or never ends needs no watching, and is none the worse for it. The
// watch ends with ctx and with the scheduler.
func (s *Scheduler) Watch(ctx context.Context) {
	w := &watch{ended: ctx.Done()}
	if w.ended == nil {
		return
	}
	ws := &s.watches
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.closed || ws.find(w.ended) != nil {
		return
	}
	ws.owned.Add(1)
	w.stop = context.AfterFunc(ctx, func() {
		defer ws.owned.Done()
		w.err = ctx.Err()
		w.over.Store(true)
		ws.remove(w)
		s.clock.rush()
	})
	ws.replaceLocked(append(slices.Clone(ws.all()), w))
}

func (ws *watches) all() []*watch {
	if list := ws.list.Load(); list != nil {
		return *list
	}
	return nil
}

// find returns the watch of the context with this channel, or nil.
func (ws *watches) find(ended <-chan struct{}) *watch {
	for _, w := range ws.all() {
		if w.ended == ended {
			return w
		}
	}
	return nil
}

func (ws *watches) remove(w *watch) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.replaceLocked(slices.DeleteFunc(slices.Clone(ws.all()), func(other *watch) bool { return other == w }))
}

func (ws *watches) replaceLocked(list []*watch) { ws.list.Store(&list) }

// close ends all watches and waits for those whose context has just ended.
func (ws *watches) close() {
	ws.stopAll()
	ws.owned.Wait()
}

func (ws *watches) stopAll() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.closed = true
	for _, w := range ws.all() {
		if w.stop() {
			ws.owned.Done()
		}
	}
	ws.replaceLocked(nil)
}

// dismiss ends the open calls whose watched context has ended.
func (l *Lane[R]) dismiss() {
	for _, t := range l.dismissed() {
		l.s.crew.hand(t)
	}
}

// dismissed returns the rescues that dismiss asks for.
func (l *Lane[R]) dismissed() (rescues []task) {
	at := l.s.clock.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.standLocked(func(_ time.Duration, w *watch) bool { return w != nil && w.over.Load() })
	for c := l.waits.first; c != nil; {
		next := c.links[inWaits].next
		if c.watch != nil && c.watch.over.Load() {
			if t := l.refuseLocked(c, c.watch.err, at); t.call != nil {
				rescues = append(rescues, t)
			}
		}
		c = next
	}
	return rescues
}
