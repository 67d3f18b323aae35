package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// routines is the engine with a goroutine for each connection. It can do all
// that there is to do.
type routines struct {
	g     *generator
	links []*link
}

func newRoutines(g *generator) *routines {
	e := &routines{g: g}
	for range g.opt.Connections {
		e.links = append(e.links, newLink(g.opt.URL, g.opt.Patience))
	}
	return e
}

// dialers is how many connections are made at once.
const dialers = 64

func (e *routines) connect(ctx context.Context) error {
	if !e.g.opt.KeepAlive {
		return nil
	}
	var next atomic.Int64
	errs := make([]error, min(dialers, len(e.links)))
	var dialing sync.WaitGroup
	for d := range errs {
		dialing.Go(func() {
			for errs[d] == nil {
				i := int(next.Add(1)) - 1
				if i >= len(e.links) {
					return
				}
				errs[d] = e.links[i].dial(ctx)
			}
		})
	}
	dialing.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *routines) run(ctx context.Context, rec *recorder, length time.Duration, count int64) (unsent int64) {
	defer context.AfterFunc(ctx, e.abort)()
	if e.g.opt.Rate > 0 {
		return e.runOpen(ctx, rec, length, count)
	}
	e.runClosed(ctx, rec, length, count)
	return 0
}

// abort ends exchanges that wait for answers.
func (e *routines) abort() {
	for _, l := range e.links {
		l.expire()
	}
}

func (e *routines) close() {
	for _, l := range e.links {
		l.close()
	}
}
