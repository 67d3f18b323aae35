//go:build linux && (amd64 || arm64)

package socket

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"unsafe"
)

// most is how many bytes one system call moves. While it runs, the garbage
// collector can't stop its thread: some ten microseconds at worst.
const most = 64 << 10

// conn is a TCP connection whose system calls go straight to the system.
type conn struct {
	*net.TCPConn
	reading, writing transfer
}

// transfer is what goes on in one direction. Its functions are made once, since
// each would be an allocation.
type transfer struct {
	wait func(step func(fd uintptr) (done bool)) error // calls step, and again whenever the system is ready
	step func(fd uintptr) (done bool)

	turn sync.Mutex // held by the caller of Read or Write; others wait for it
	rest []byte     // room to fill, or bytes to send
	n    int        // of bytes moved
	err  error
}

func direct(tcp *net.TCPConn) (net.Conn, error) {
	raw, err := tcp.SyscallConn()
	if err != nil {
		_ = tcp.Close()
		return nil, err
	}
	c := &conn{TCPConn: tcp}
	c.reading.wait, c.reading.step = raw.Read, c.reading.receive
	c.writing.wait, c.writing.step = raw.Write, c.writing.send
	return c, nil
}

// Read is what net.Conn says.
func (c *conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := c.reading.run(p)
	if err != nil && err != io.EOF {
		err = c.failed("read", err)
	}
	return n, err
}

// Write is what net.Conn says.
func (c *conn) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := c.writing.run(p)
	if err != nil {
		err = c.failed("write", err)
	}
	return n, err
}

// failed is err as the net package says it.
func (c *conn) failed(op string, err error) error {
	if inner, ok := err.(*net.OpError); ok {
		err = inner.Err // of a raw connection, which knows neither address
	}
	return &net.OpError{Op: op, Net: c.LocalAddr().Network(), Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// run moves bytes between p and the connection.
func (t *transfer) run(p []byte) (int, error) {
	t.turn.Lock()
	defer t.turn.Unlock()
	t.rest, t.n, t.err = p, 0, nil
	err := t.wait(t.step)
	t.rest = nil
	if err == nil {
		err = t.err
	}
	return t.n, err
}

// receive reads once.
func (t *transfer) receive(fd uintptr) bool {
	n, again, err := once(syscall.SYS_RECVFROM, fd, t.rest)
	switch {
	case again:
		return false
	case err != nil:
		t.err = os.NewSyscallError("read", err)
	case n == 0:
		t.err = io.EOF
	}
	t.n = n
	return true
}

// send writes until all is sent or there is no room.
func (t *transfer) send(fd uintptr) bool {
	for len(t.rest) > 0 {
		n, again, err := once(syscall.SYS_SENDTO, fd, t.rest)
		switch {
		case again:
			return false
		case err != nil:
			t.err = os.NewSyscallError("write", err)
			return true
		}
		t.rest = t.rest[n:]
		t.n += n
	}
	return true
}

// flags: a full or empty socket is an answer, and so is a broken one.
const flags = syscall.MSG_DONTWAIT | syscall.MSG_NOSIGNAL

// once makes the system call, one of those for sockets alone, which are a tenth
// cheaper than those for any file. again says that there was nothing to read, or
// no room.
func once(call, fd uintptr, p []byte) (n int, again bool, err error) {
	p = p[:min(len(p), most)]
	for {
		n, _, errno := syscall.RawSyscall6(call, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), flags, 0, 0)
		switch errno {
		case 0:
			return int(n), false, nil
		case syscall.EINTR:
		case syscall.EAGAIN:
			return 0, true, nil
		default:
			return 0, false, errno
		}
	}
}
