package load

import (
	"context"
	goruntime "runtime"
	"syscall"
	"time"
)

// Waits: Go's timers may be a millisecond late when nothing else happens, so
// the last part of a wait is spent in the kernel's own, which is exact to a few
// microseconds once the thread's slack is taken away.
const (
	timerLate     = 2 * time.Millisecond
	prSetSlack    = 29 // PR_SET_TIMERSLACK of prctl(2)
	smallestSlack = 1  // nanosecond
)

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
		// The slack is the thread's; when the goroutine changes threads in
		// between, one wait has the usual slack of 50 µs.
		_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetSlack, smallestSlack, 0)
		nap := syscall.NsecToTimespec(int64(left))
		_ = syscall.Nanosleep(&nap, nil) // when a signal ends it, the loop looks again
	}
}
