package load

import (
	"errors"
	"net"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// socket is one connection of a poller, dialled anew when it is gone. Its system
// calls never wait, so Go's scheduler isn't told of the frequent ones.
type socket struct {
	fd         int // -1 when there is no connection
	connection int // which one of the run's it is
	index      int32
	stage      stage
	asked      uint32 // the events of which the kernel tells; 0 when it doesn't know the socket
	tried      int    // of the server's addresses, for this connection
	in         parser

	worker   *worker
	message  *message
	outcome  outcome
	wire     []byte // what is left to be sent
	out      []byte // room for messages with numbers
	deadline time.Time
	until    time.Time // the end of a rest
	next     *socket   // in the queue of the idle
}

// stage is how far a socket's exchange is.
type stage int

const (
	idle        stage = iota // between two of them
	unconnected              // the exchange has begun
	connecting
	sending
	receiving
)

// act is what fails when a socket fails at this stage.
func (s stage) act() string {
	switch s {
	case sending:
		return "send"
	case receiving:
		return "receive"
	}
	return "connect"
}

// dial begins to connect.
func (s *socket) dial(epoll int, address unix.Sockaddr) (err error) {
	family := unix.AF_INET
	if _, ok := address.(*unix.SockaddrInet6); ok {
		family = unix.AF_INET6
	}
	s.in.reset()
	s.stage = connecting
	if s.fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP); err != nil {
		s.fd = -1
		return err
	}
	if err = unix.SetsockoptInt(s.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return err
	}
	if err = unix.Connect(s.fd, address); errors.Is(err, unix.EINPROGRESS) || errors.Is(err, unix.EINTR) {
		s.ask(epoll, unix.EPOLLOUT)
	}
	return err
}

// problem returns why the socket could not connect.
func (s *socket) problem() error {
	number, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && number != 0 {
		err = unix.Errno(number)
	}
	return err
}

// send sends as much as the kernel takes, and reports whether that was all.
func (s *socket) send(epoll int) (all bool, err error) {
	for len(s.wire) > 0 {
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&s.wire[0])), uintptr(len(s.wire)), unix.MSG_NOSIGNAL, 0, 0)
		switch errno {
		case 0:
			s.wire = s.wire[n:]
		case unix.EINTR:
		case unix.EAGAIN:
			s.ask(epoll, unix.EPOLLOUT)
			return false, nil
		default:
			return false, errno
		}
	}
	s.stage = receiving
	s.ask(epoll, unix.EPOLLIN)
	s.in.begin(s.message.Method)
	return true, nil
}

// receive reads once into room, which must not be empty. It returns 0 at the end
// of the connection.
func (s *socket) receive(room []byte) (n int, err error) {
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(s.fd), uintptr(unsafe.Pointer(&room[0])), uintptr(len(room)), 0, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
			continue
		}
		return 0, errno
	}
}

// ask tells the kernel of which events the poller wants to hear.
func (s *socket) ask(epoll int, events uint32) {
	if events == s.asked || s.fd < 0 {
		return
	}
	op := unix.EPOLL_CTL_MOD
	switch {
	case s.asked == 0:
		op = unix.EPOLL_CTL_ADD
	case events == 0:
		op = unix.EPOLL_CTL_DEL
	}
	s.asked = events
	_ = unix.EpollCtl(epoll, op, s.fd, &unix.EpollEvent{Events: events, Fd: s.index}) // only a lack of memory is left to fail, and patience ends
}

func (s *socket) close() {
	if s.fd >= 0 {
		_ = unix.Close(s.fd) // nothing is left to be sent
	}
	s.fd, s.asked = -1, 0
}

// sockaddr is an address as the kernel has it.
func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	v6 := &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
	if link, err := net.InterfaceByName(a.Addr().Zone()); err == nil {
		v6.ZoneId = uint32(link.Index)
	}
	return v6
}
