package image

import (
	"errors"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// file is an image in a sealed memory file.
type file struct {
	fd     int
	bytes  []byte // shared, read-only mapping of the whole file; nil when it is empty
	filled uint64 // bytes of it that are no hole
	holes  pageSet
	finder finder
}

// blockSize is the unit in which the system counts what a file holds.
const blockSize = 512

// finder names the private pages of a private mapping of a file.
type finder interface {
	// mark prepares memory that has no private pages.
	mark(memory []byte) error
	// copyBack overwrites the private pages of memory with those of from, and
	// tells u of them. When more than limit pages are private it writes nothing, or
	// some of them, and returns a number above limit.
	copyBack(memory []byte, from *file, limit int, u *use) (private int, err error)
}

// newFile copies contents into a memory file. Blank pages stay holes.
func newFile(f finder, c Contents) (made *file, err error) {
	fd, err := unix.MemfdCreate("postern-image", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("create a memory file: %w", err)
	}
	im := &file{fd: fd, finder: f}
	defer func() {
		if err != nil {
			err = errors.Join(err, im.close())
		}
	}()
	if len(c.bytes) == 0 {
		return im, nil
	}
	if err := unix.Ftruncate(fd, int64(wholePages(uint64(len(c.bytes))))); err != nil {
		return nil, fmt.Errorf("size a memory file: %w", err)
	}
	im.holes = c.blank
	for at, filled := range c.Filled() {
		if err := writeAt(fd, filled, int64(at)); err != nil {
			return nil, fmt.Errorf("fill a memory file: %w", err)
		}
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return nil, fmt.Errorf("measure a memory file: %w", err)
	}
	im.filled = uint64(stat.Blocks) * blockSize
	if err := seal(fd); err != nil {
		return nil, fmt.Errorf("seal a memory file: %w", err)
	}
	im.bytes, err = unix.Mmap(fd, 0, len(c.bytes), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map a memory file: %w", err)
	}
	return im, nil
}

// sealTries is how often a file is sealed anew whose pages the system itself
// holds for a moment, as it does when it moves them.
const sealTries = 100

// seal lets nobody change the file any more.
func seal(fd int) error {
	const seals = unix.F_SEAL_WRITE | unix.F_SEAL_GROW | unix.F_SEAL_SHRINK | unix.F_SEAL_SEAL
	for try := 1; ; try++ {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals)
		if !errors.Is(err, unix.EBUSY) && !errors.Is(err, unix.EINTR) || try == sealTries {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

// writeAt writes all of b from an offset on.
func writeAt(fd int, b []byte, at int64) error {
	for len(b) > 0 {
		n, err := unix.Pwrite(fd, b, at)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		n = max(n, 0)
		b, at = b[n:], at+int64(n)
	}
	return nil
}

// lay maps the file privately over the beginning of room.
func (im *file) lay(room []byte) error {
	if len(im.bytes) == 0 {
		return nil
	}
	const prot, flags = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_PRIVATE | unix.MAP_FIXED | unix.MAP_NORESERVE
	at := unsafe.Pointer(unsafe.SliceData(room))
	if _, err := unix.MmapPtr(im.fd, 0, at, uintptr(len(im.bytes)), prot, flags); err != nil {
		return fmt.Errorf("map a memory file: %w", err)
	}
	return im.finder.mark(room[:len(im.bytes)])
}

func (im *file) restore(memory []byte, most int, u *use) (private int, kept bool, err error) {
	if len(memory) == 0 {
		return 0, true, nil
	}
	private, err = im.finder.copyBack(memory, im, most, u)
	if err != nil || private <= most {
		return private, true, err
	}
	return private, false, im.rest(memory)
}

// putBack overwrites whole pages of memory with what they were. What was blank
// need not be read.
func (im *file) putBack(memory []byte, from, to uint64) {
	page := uint64(os.Getpagesize())
	for to = min(to, uint64(len(memory))); from < to; {
		hole, end := im.holes.at(from/page), from+page
		for end < to && im.holes.at(end/page) == hole {
			end += page
		}
		part := memory[from:min(end, to)]
		if hole {
			clear(part)
		} else {
			copy(part, im.bytes[from:])
		}
		from = end
	}
}

// rest drops all private pages; what is read next comes from the file.
func (im *file) rest(memory []byte) error {
	if len(memory) == 0 {
		return nil
	}
	if err := unix.Madvise(memory, unix.MADV_DONTNEED); err != nil {
		return fmt.Errorf("drop private pages: %w", err)
	}
	return im.finder.mark(memory)
}

func (im *file) view() []byte { return im.bytes }

func (im *file) hole(page uint64) bool { return im.holes.at(page) }

func (im *file) equals(c Contents) bool { return c.equal(im.bytes, im.holes) }

func (im *file) held() uint64 { return im.filled }

func (im *file) close() error {
	var err error
	if im.bytes != nil {
		err = unix.Munmap(im.bytes)
	}
	return errors.Join(err, unix.Close(im.fd))
}
