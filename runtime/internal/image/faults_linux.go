package image

import (
	"bytes"
	"fmt"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// faults returns how many page faults the calling thread has taken, and whether
// that is known. The system counts each that it has served, also those that it
// took itself while it wrote for the thread.
func faults() (n int64, known bool) {
	var usage unix.Rusage
	_, _, errno := unix.RawSyscall(unix.SYS_GETRUSAGE, unix.RUSAGE_THREAD, uintptr(unsafe.Pointer(&usage)), 0)
	return int64(usage.Minflt) + int64(usage.Majflt), errno == 0
}

// countsFaults reports whether every write that makes a page private shows in
// faults. A sandbox that claims to be Linux may count nothing.
var countsFaults = sync.OnceValue(func() bool {
	for _, s := range strategies() {
		if _, ok := s.(copying); !ok && probeFaults(s) != nil {
			return false
		}
	}
	return true
})

// probeFaults tries two uses that write to a page of a small memory for the first
// time.
func probeFaults(s strategy) error {
	if w, ok := s.(pagewatch); ok {
		s = w.always()
	}
	return onSmallMemory(s, func(m *Memory, memory, want []byte) error {
		for _, at := range []int{0, 5 * os.Getpagesize()} {
			m.use.watch()
			memory[at] = 2
			m.use.end()
			if m.use.quiet {
				return fmt.Errorf("%s: the system counts no fault for a write to a new page", s.name())
			}
			if err := m.Reset(); err != nil {
				return err
			}
		}
		if !bytes.Equal(memory, want) {
			return fmt.Errorf("%s: a page that was written is not put back", s.name())
		}
		return nil
	})
}
