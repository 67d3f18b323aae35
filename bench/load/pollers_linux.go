package load

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"time"
)

// pollers is the engine for plain HTTP: a few threads, each of which polls its
// share of the connections. It leaves the processor to a server on the same
// machine.
type pollers struct {
	g       *generator
	count   int // of threads
	pollers []*poller

	mu     sync.Mutex // between wake and close
	closed bool
}

func newPollers(g *generator, count int) *pollers {
	return &pollers{g: g, count: min(count, g.opt.Connections)}
}

func (e *pollers) connect(ctx context.Context) error {
	looking, cancel := context.WithTimeout(ctx, e.g.opt.Patience)
	defer cancel()
	addresses, err := resolve(looking, e.g.opt.URL)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	for i := range e.count {
		p, err := newPoller(e, i, addresses)
		if err != nil {
			return err
		}
		e.pollers = append(e.pollers, p)
	}
	if !e.g.opt.KeepAlive {
		return nil
	}
	errs := make([]error, e.count)
	e.each(ctx, func(i int, p *poller) { errs[i] = p.connect() })
	return cmp.Or(append(errs, ctx.Err())...)
}

func (e *pollers) run(ctx context.Context, rec *recorder, length time.Duration, count int64) (unsent int64) {
	if e.g.opt.Rate > 0 {
		return e.runOpen(ctx, rec, length, count)
	}
	end, left := rec.start.Add(length), newRation(count)
	e.each(ctx, func(i int, p *poller) { p.runClosed(ctx, rec, rec.shard(i), end, left) })
	return 0
}

// each lets every poller do something on a goroutine of its own, and waits until
// all have done it, which is soon after the end of ctx.
func (e *pollers) each(ctx context.Context, do func(i int, p *poller)) {
	defer context.AfterFunc(ctx, e.wake)()
	var working sync.WaitGroup
	for i, p := range e.pollers {
		working.Go(func() { do(i, p) })
	}
	working.Wait()
}

// wake tells the pollers that the run is over.
func (e *pollers) wake() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	for _, p := range e.pollers {
		p.wake()
	}
}

func (e *pollers) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	for _, p := range e.pollers {
		p.close()
	}
}

// resolve returns the addresses of the server, in the order in which to try
// them.
func resolve(ctx context.Context, base *url.URL) ([]netip.AddrPort, error) {
	name := base.Port()
	if name == "" {
		name = "80"
	}
	port, err := net.DefaultResolver.LookupPort(ctx, "tcp", name)
	if err != nil {
		return nil, err
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", base.Hostname())
	if err != nil {
		return nil, err
	}
	addresses := make([]netip.AddrPort, len(ips))
	for i, ip := range ips {
		addresses[i] = netip.AddrPortFrom(ip.Unmap(), uint16(port))
	}
	return addresses, nil
}
