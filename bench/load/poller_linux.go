package load

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	goruntime "runtime"
	"time"

	"golang.org/x/sys/unix"
)

// poller is a thread that polls some of the connections. Only wake may be called
// by others.
type poller struct {
	e       *pollers
	fd      int // of the epoll instance
	bell    int // an eventfd that rings when the run is over
	sockets []*socket
	events  []unix.EpollEvent

	// The server's addresses, and which of them let the last one connect. They
	// are no other poller's: connecting writes to them.
	addresses []unix.Sockaddr
	address   int

	// What follows belongs to the phase that runs.
	ctx      context.Context // nil while the first connections are made
	end      time.Time       // no exchange begins after it
	active   int             // sockets that are not done or, with open load, not idle
	over     bool            // the bell rang
	now      time.Time       // when the last thing happened
	sweepDue time.Time       // when to look for exchanges that take too long
	err      error           // the first one of connect

	// Of closed load.
	left    *ration
	resting resting
	again   []*socket // that failed; their next exchanges wait until others had their turn

	// Of open load.
	share *share // nil for closed load
	idle  queue
}

// Bounds of a poller.
const (
	bellIndex    = -1  // in the place of a socket's index
	eventsAtOnce = 256 // taken from the kernel
	sweeps       = 8   // in the time of a connection's patience
)

func newPoller(e *pollers, index int, addresses []netip.AddrPort) (_ *poller, err error) {
	p := &poller{e: e, fd: -1, bell: -1, events: make([]unix.EpollEvent, eventsAtOnce)}
	defer func() {
		if err != nil {
			p.close()
			err = fmt.Errorf("connect: %w", err)
		}
	}()
	if p.fd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if p.bell, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, err
	}
	ring := unix.EpollEvent{Events: unix.EPOLLIN, Fd: bellIndex}
	if err = unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, p.bell, &ring); err != nil {
		return nil, err
	}
	for _, a := range addresses {
		p.addresses = append(p.addresses, sockaddr(a))
	}
	for i := index; i < e.g.opt.Connections; i += e.count {
		p.sockets = append(p.sockets, &socket{fd: -1, connection: i, index: int32(len(p.sockets))})
	}
	return p, nil
}

// wake ends what the poller does. It may be called by others.
func (p *poller) wake() { _, _ = unix.Write(p.bell, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

func (p *poller) close() {
	for _, s := range p.sockets {
		s.close()
	}
	for _, fd := range []int{p.bell, p.fd} {
		if fd >= 0 {
			_ = unix.Close(fd) // nothing is left to be written
		}
	}
}

// connect connects every socket, some at a time.
func (p *poller) connect() error {
	p.ctx = nil
	for rest := p.sockets; len(rest) > 0 && p.err == nil && !p.over; {
		some := rest[:min(dialers, len(rest))]
		rest = rest[len(some):]
		p.active, p.now = len(some), time.Now()
		for _, s := range some {
			s.stage, s.deadline = unconnected, p.now.Add(p.e.g.opt.Patience)
			p.drive(s)
		}
		p.poll()
	}
	return p.err
}

// enter begins a phase.
func (p *poller) enter(ctx context.Context, rec *recorder, shard *shard, end time.Time) {
	p.ctx, p.end, p.now = ctx, end, time.Now()
	for _, s := range p.sockets {
		s.worker = p.e.g.worker(s.connection, rec, shard)
	}
}

// runClosed has every connection send its next request when it has the answer to
// the last one.
func (p *poller) runClosed(ctx context.Context, rec *recorder, shard *shard, end time.Time, left *ration) {
	p.enter(ctx, rec, shard, end)
	p.left, p.active = left, len(p.sockets)
	for _, s := range p.sockets {
		p.now = time.Now()
		p.drive(s)
	}
	p.poll()
}

// poll waits for sockets and drives them, until all is done.
func (p *poller) poll() {
	goruntime.LockOSThread()
	defer goruntime.UnlockOSThread()
	p.sweepDue = p.now.Add(p.sweepEvery())
	for p.busy() && !p.over {
		n, err := p.await()
		if err != nil && !errors.Is(err, unix.EINTR) {
			panic(fmt.Sprintf("epoll_wait: %v", err)) // the descriptor is ours
		}
		if n <= 0 {
			p.now = time.Now()
		}
		for i := range max(n, 0) {
			if at := p.events[i].Fd; at == bellIndex {
				p.over = true
			} else {
				p.ready(p.sockets[at])
				p.launch()
			}
		}
		p.resume()
		p.launch()
		if !p.now.Before(p.sweepDue) {
			p.sweep()
		}
	}
}

// await waits for news of the sockets, until something else is to be done.
func (p *poller) await() (n int, err error) {
	wait := p.wait()
	if p.share != nil {
		return pollExactly(p.fd, p.events, wait)
	}
	return unix.EpollWait(p.fd, p.events, int((wait+time.Millisecond-1)/time.Millisecond))
}

// wait returns for how long nothing is to be done but what the sockets bring.
func (p *poller) wait() time.Duration {
	if len(p.again) > 0 {
		return 0
	}
	due := p.sweepDue
	if len(p.resting) > 0 && p.resting[0].until.Before(due) {
		due = p.resting[0].until
	}
	if at, ok := p.launching(); ok && at.Before(due) {
		due = at
	}
	return max(0, due.Sub(p.now))
}

// ready goes on with a socket of which the kernel has news.
func (p *poller) ready(s *socket) {
	switch s.stage {
	case receiving:
		p.receive(s)
	case connecting, sending:
		p.drive(s)
		p.now = time.Now()
	default:
		s.ask(p.fd, 0) // the next exchange finds out what the news were
	}
}

// resume goes on with those that failed and those that rested long enough.
func (p *poller) resume() {
	if len(p.again) > 0 {
		again := p.again
		p.again = nil
		for _, s := range again {
			p.now = time.Now()
			p.drive(s)
		}
	}
	for len(p.resting) > 0 && !p.now.Before(p.resting[0].until) {
		s := heap.Pop(&p.resting).(*socket)
		p.now = time.Now()
		p.drive(s)
	}
}

func (p *poller) sweepEvery() time.Duration {
	return max(p.e.g.opt.Patience/sweeps, time.Millisecond)
}

// sweep fails exchanges whose deadline has passed.
func (p *poller) sweep() {
	for _, s := range p.sockets {
		if s.stage != idle && s.deadline.Before(p.now) {
			p.fail(s, os.ErrDeadlineExceeded)
		}
	}
	p.sweepDue = p.now.Add(p.sweepEvery())
}
