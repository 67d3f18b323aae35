//go:build linux || darwin

package image

import "golang.org/x/sys/unix"

// newRoom reserves max bytes of addresses. Pages are taken from the system when
// they are first written, so the used bytes at the beginning cost nothing yet.
func newRoom(_, max uint64) ([]byte, error) {
	const flags = unix.MAP_PRIVATE | unix.MAP_ANON | unix.MAP_NORESERVE
	return unix.Mmap(-1, 0, int(wholePages(max)), unix.PROT_READ|unix.PROT_WRITE, flags)
}

// growRoom returns room with at least size bytes. It does not move.
func growRoom(room []byte, _ uint64) []byte { return room }

func freeRoom(room []byte) error { return unix.Munmap(room) }

// wholePages returns size as a positive number of whole pages.
func wholePages(size uint64) uint64 {
	page := uint64(unix.Getpagesize())
	return max(page, (size+page-1)&^(page-1))
}
