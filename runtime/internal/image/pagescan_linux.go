package image

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// scanPages is the number of PAGEMAP_SCAN, _IOWR('f', 16, struct pm_scan_arg):
//
//	31   29        15       7      0
//	├ 3 ─┼── 96 ────┼─ 0x66 ─┼─ 16 ─┤
const scanPages = 3<<30 | uint(unsafe.Sizeof(scanArgument{}))<<16 | 'f'<<8 | 16

// Categories of pages.
const (
	pageIsWritten = 1 << 1 // bears no mark, or none any more
	pageIsFile    = 1 << 2 // belongs to a file; a private copy does not
	pageIsPresent = 1 << 3
	pageIsSwapped = 1 << 4
)

// onlyMarked is the flag that makes a scan fail where pages bear no marks.
const onlyMarked = 1 << 1

// scanArgument is struct pm_scan_arg of the kernel.
type scanArgument struct {
	size, flags                     uint64
	start, end, walkEnd             uint64
	vector, vectorLength, maxPages  uint64
	inverted, mask, anyOf, returned uint64
}

// region is struct page_region of the kernel: neighbours of one category.
type region struct{ start, end, categories uint64 }

// scan is what one scan needs, kept off the stack: the kernel writes through an
// address inside the argument, and stacks move.
type scan struct {
	base     uint64 // address of the memory
	argument scanArgument
	regions  [64]region
}

// pagescan is the strategy for Linux 6.7 and newer: one system call per reset
// names the private pages.
type pagescan struct {
	pagemap *os.File // keeps the descriptor open
	fd      uintptr
	scans   *sync.Pool // of *scan
}

func newPagescan(pagemap *os.File) pagescan {
	return pagescan{pagemap: pagemap, fd: pagemap.Fd(), scans: &sync.Pool{New: func() any { return new(scan) }}}
}

func (pagescan) name() string { return "pagescan" }

func (p pagescan) keep(c Contents) (store, error) { return newFile(p, c) }

func (pagescan) mark([]byte) error { return nil }

func (p pagescan) copyBack(memory []byte, from *file, limit int, u *use) (int, error) {
	return p.copyThose(scanArgument{
		inverted: pageIsFile, mask: pageIsFile, // not of the file
		anyOf: pageIsPresent | pageIsSwapped, returned: pageIsPresent,
	}, memory, from, limit, u)
}

// copyThose is copyBack for the pages that the categories in question ask for.
func (p pagescan) copyThose(question scanArgument, memory []byte, from *file, limit int, u *use) (private int, err error) {
	s := p.scans.Get().(*scan)
	defer p.scans.Put(s)
	page := uint64(os.Getpagesize())
	s.ask(memory, question)
	for !s.done() {
		s.argument.maxPages = uint64(limit + 1 - private)
		regions, err := p.next(s)
		if err != nil {
			return 0, fmt.Errorf("scan for private pages: %w", err)
		}
		for _, r := range regions {
			private += int((r.end - r.start) / page)
		}
		if private > limit {
			return private, nil
		}
		for _, r := range regions {
			from.putBack(memory, r.start-s.base, r.end-s.base)
			u.found(r.start-s.base, r.end-s.base)
		}
	}
	return private, nil
}

// ask begins a scan of memory for the categories in question.
func (s *scan) ask(memory []byte, question scanArgument) {
	s.base = uint64(uintptr(unsafe.Pointer(unsafe.SliceData(memory))))
	s.argument = question
	s.argument.size = uint64(unsafe.Sizeof(s.argument))
	s.argument.start, s.argument.end = s.base, s.base+wholePages(uint64(len(memory)))
	s.argument.vector, s.argument.vectorLength = uint64(uintptr(unsafe.Pointer(&s.regions))), uint64(len(s.regions))
}

func (s *scan) done() bool { return s.argument.start >= s.argument.end }

// next returns the next regions, which are good until the next call.
func (p pagescan) next(s *scan) ([]region, error) {
	found, err := p.scan(&s.argument)
	if err != nil {
		return nil, err
	}
	if s.argument.walkEnd <= s.argument.start {
		return nil, errors.New("no progress")
	}
	s.argument.start = s.argument.walkEnd
	return s.regions[:found], nil
}

// scan fills the argument's vector and returns how many regions it holds. The call
// is too short to tell the scheduler of it.
func (p pagescan) scan(a *scanArgument) (int, error) {
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_IOCTL, p.fd, uintptr(scanPages), uintptr(unsafe.Pointer(a)))
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}
