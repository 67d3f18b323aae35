package image

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Numbers of userfaultfd. An ioctl of it is _IOWR(0xAA, number, argument):
//
//	31   29         15       7        0
//	├ 3 ─┼── size ───┼─ 0xAA ─┼ number ┤
const (
	askFaults = 3<<30 | uint(unsafe.Sizeof(faultsArgument{}))<<16 | 0xAA<<8 | 0x3F
	register  = 3<<30 | uint(unsafe.Sizeof(registerArgument{}))<<16 | 0xAA<<8 | 0x00
	protect   = 3<<30 | uint(unsafe.Sizeof(protectArgument{}))<<16 | 0xAA<<8 | 0x06

	faultsVersion = 0xAA
	userModeOnly  = 1 // what anybody may do, since nobody is asked about a fault
	byWriting     = 1 << 1
	protected     = 1 << 0
)

// Features of userfaultfd.
const (
	featureProtect     = 1 << 0  // pages can be protected
	featureSharedFile  = 1 << 12 // those of memory files too
	featureUnpopulated = 1 << 13 // those that are not there yet too
	featureAsync       = 1 << 15 // a write takes the protection away and goes on
	features           = featureProtect | featureSharedFile | featureUnpopulated | featureAsync
)

// Arguments of the kernel: struct uffdio_api, uffdio_register and
// uffdio_writeprotect.
type (
	faultsArgument   struct{ version, features, ioctls uint64 }
	registerArgument struct{ start, size, mode, ioctls uint64 }
	protectArgument  struct{ start, size, mode uint64 }
)

// pagewatch is the strategy for large images on Linux 6.7 and newer. To tell
// private pages from others, pagescan looks at what lies behind each page that
// is there, and the system maps many more than are used. Here every page of a
// memory bears a mark that a write takes away, and the scan looks at marks only.
//
// A page without a mark counts as written, whatever took it away. So the worst
// that can happen to marks makes a reset slower, and never leaves out a page.
type pagewatch struct {
	pagescan
	faults int    // userfaultfd; marks are there as long as it is open
	least  uint64 // pages that an image needs for marks to pay
}

// What an image needs for marks to pay: so many pages that are no holes, and so
// large a part of all.
const (
	leastMarked = 128
	partMarked  = 8
)

func newPagewatch(p pagescan) (pagewatch, error) {
	fd, _, errno := unix.Syscall(unix.SYS_USERFAULTFD, unix.O_CLOEXEC|userModeOnly, 0, 0)
	if errno != 0 {
		return pagewatch{}, fmt.Errorf("open userfaultfd: %w", errno)
	}
	w := pagewatch{pagescan: p, faults: int(fd), least: leastMarked}
	if err := w.do(askFaults, unsafe.Pointer(&faultsArgument{version: faultsVersion, features: features})); err != nil {
		w.close()
		return pagewatch{}, fmt.Errorf("ask userfaultfd for its features: %w", err)
	}
	return w, nil
}

// close gives up what a pagewatch has of its own. No memory may be left.
func (w pagewatch) close() { _ = unix.Close(w.faults) } // nothing was written to it

// always returns w for images of any size.
func (w pagewatch) always() strategy {
	w.least = 0
	return w
}

func (pagewatch) name() string { return "pagewatch" }

// keep leaves images to pagescan of which there is little to scan.
func (w pagewatch) keep(c Contents) (store, error) {
	im, err := newFile(w.pagescan, c)
	if err != nil {
		return nil, err
	}
	page := uint64(os.Getpagesize())
	if w.least == 0 || im.filled >= w.least*page && uint64(len(c.bytes)) <= partMarked*im.filled {
		im.finder = w
	}
	return im, nil
}

func (w pagewatch) mark(memory []byte) error {
	start, size := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(memory)))), wholePages(uint64(len(memory)))
	if err := w.do(register, unsafe.Pointer(&registerArgument{start: start, size: size, mode: byWriting})); err != nil {
		return fmt.Errorf("watch a memory: %w", err)
	}
	if err := w.do(protect, unsafe.Pointer(&protectArgument{start, size, protected})); err != nil {
		return fmt.Errorf("mark the pages of a memory: %w", err)
	}
	return nil
}

func (w pagewatch) copyBack(memory []byte, from *file, limit int, u *use) (int, error) {
	return w.copyThose(scanArgument{flags: onlyMarked, mask: pageIsWritten, returned: pageIsWritten}, memory, from, limit, u)
}

// do asks for one thing.
func (w pagewatch) do(request uint, argument unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(w.faults), uintptr(request), uintptr(argument))
		switch errno {
		case 0:
			return nil
		case unix.EINTR, unix.EAGAIN:
		default:
			return errno
		}
	}
}
