package load

import (
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// drive takes a socket on until it waits for something.
func (p *poller) drive(s *socket) {
	for on := true; on; {
		var err error
		switch s.stage {
		case idle:
			on = p.begin(s)
		case unconnected:
			on, err = p.dial(s)
		case connecting:
			on, err = p.arrive(s, s.problem())
		case sending:
			on, err = s.send(p.fd)
		case receiving:
			if on, err = s.in.parse(); on && err == nil {
				on = p.finish(s)
			}
		}
		if err != nil {
			p.fail(s, err)
			return
		}
	}
}

// begin begins the next exchange of closed load, or is done with the socket.
func (p *poller) begin(s *socket) (on bool) {
	if p.over || !p.now.Before(p.end) || !p.left.take() {
		p.active--
		return false
	}
	p.prepare(s, p.now, 0)
	return true
}

// prepare chooses what a socket sends next.
func (p *poller) prepare(s *socket, due time.Time, late time.Duration) {
	kind, m, number := s.worker.choose()
	s.message, s.wire = m, m.append(s.out[:0], number)
	if m.after != nil {
		s.out = s.wire
	}
	s.outcome = outcome{kind: kind, due: due, sent: p.now, late: late, out: int64(len(s.wire))}
	s.deadline = p.now.Add(p.e.g.opt.Patience)
	s.stage = sending
	if s.fd < 0 {
		s.stage = unconnected
	}
}

// dial begins to connect.
func (p *poller) dial(s *socket) (on bool, err error) {
	err = s.dial(p.fd, p.addresses[(p.address+s.tried)%len(p.addresses)])
	if errors.Is(err, unix.EINPROGRESS) || errors.Is(err, unix.EINTR) {
		return false, nil
	}
	return p.arrive(s, err)
}

// arrive takes the end of a connect: to the exchange, or to the server's next
// address.
func (p *poller) arrive(s *socket, err error) (on bool, _ error) {
	count := len(p.addresses)
	if err != nil {
		s.close()
		if s.tried++; s.tried == count {
			return false, err
		}
		s.stage = unconnected
		return true, nil
	}
	p.address, s.tried = (p.address+s.tried)%count, 0
	if p.ctx == nil {
		s.stage = idle
		p.active--
		return false, nil
	}
	s.deadline = time.Now().Add(p.e.g.opt.Patience)
	s.stage = sending
	return true, nil
}

// receive reads what came and goes on when the answer is whole.
func (p *poller) receive(s *socket) {
	for {
		room := s.in.room()
		n, err := s.receive(room)
		if errors.Is(err, unix.EAGAIN) {
			return
		}
		whole := false
		if err == nil {
			if n > 0 {
				s.in.came(n)
				whole, err = s.in.parse()
			} else {
				err = s.in.end()
				whole = err == nil
			}
		}
		switch {
		case err != nil:
			p.fail(s, err)
			return
		case whole:
			if p.finish(s) {
				p.drive(s)
			}
			return
		case n < len(room):
			p.now = time.Now()
			return
		}
	}
}

// finish records an answer, and reports whether the next exchange begins at
// once.
func (p *poller) finish(s *socket) (on bool) {
	a := &s.in.answer
	p.now = time.Now()
	s.outcome.done = p.now
	s.worker.settle(p.ctx, &s.outcome, a, nil)
	if a.closes || !p.e.g.opt.KeepAlive {
		s.close()
	}
	s.stage = idle
	return !p.rest(s)
}

// fail records that an exchange, or connecting before the first one, failed. A
// server that refuses everything must not keep the poller from the others, so
// the next exchange doesn't begin at once.
func (p *poller) fail(s *socket, err error) {
	err = fmt.Errorf("%s: %w", s.stage.act(), err)
	s.close()
	s.stage, s.tried = idle, 0
	if p.ctx == nil {
		p.active--
		p.err = cmp.Or(p.err, err)
		return
	}
	p.now = time.Now()
	s.outcome.done = p.now
	s.worker.settle(p.ctx, &s.outcome, nil, err)
	if !p.rest(s) {
		p.again = append(p.again, s)
	}
}

// rest lets a socket rest: with open load until an arrival is due, else for as
// long as its message says, which may be not at all.
func (p *poller) rest(s *socket) bool {
	if p.share != nil {
		p.active--
		p.idle.push(s)
		return true
	}
	if s.message.Think <= 0 || !p.now.Before(p.end) {
		return false
	}
	s.until = p.now.Add(min(s.message.Think, p.end.Sub(p.now)))
	heap.Push(&p.resting, s)
	return true
}
