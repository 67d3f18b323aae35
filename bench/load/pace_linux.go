package load

import (
	"context"
	"errors"
	goruntime "runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Waits: Go's timers may be a millisecond late when nothing else happens, so
// the last part of a wait is spent in the kernel's own, which is exact to a few
// microseconds once the thread's slack is taken away.
const (
	timerLate     = 2 * time.Millisecond
	smallestSlack = 1 // nanosecond
	usualSlack    = 0 // stands for what the thread began with, 50 µs as a rule
)

// setSlack sets by how many nanoseconds waits of the thread may be longer than
// asked for.
func setSlack(nanoseconds uintptr) {
	_, _, _ = unix.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_TIMERSLACK, nanoseconds, 0)
}

// waitUntil returns when the moment has come, or ctx has ended.
func waitUntil(ctx context.Context, moment time.Time) {
	for {
		left := time.Until(moment)
		if left > timerLate {
			rest(ctx, left-timerLate)
			if ctx.Err() != nil {
				return
			}
			continue
		}
		if left <= 0 {
			return
		}
		goruntime.Gosched() // those that were just woken go first
		if left = time.Until(moment); left <= 0 {
			return
		}
		// When the goroutine changes threads in between, one wait has the usual
		// slack.
		setSlack(smallestSlack)
		nap := syscall.NsecToTimespec(int64(left))
		_ = syscall.Nanosleep(&nap, nil) // when a signal ends it, the loop looks again
	}
}

// pollExactly waits for events, for d at most, and returns how many came.
func pollExactly(epoll int, events []unix.EpollEvent, d time.Duration) (n int, err error) {
	longest := [2]int64{int64(d / time.Second), int64(d % time.Second)} // the kernel's timespec, on every processor
	came, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(epoll), uintptr(unsafe.Pointer(&events[0])),
		uintptr(len(events)), uintptr(unsafe.Pointer(&longest)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(came), nil
}

// pollsExactly reports whether pollExactly works here: kernels have it since
// 5.11, and some sandboxes refuse what they don't know.
func pollsExactly() bool {
	_, err := pollExactly(-1, make([]unix.EpollEvent, 1), 0)
	return errors.Is(err, unix.EBADF)
}
