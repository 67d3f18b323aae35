//go:build linux || darwin

package image

import "golang.org/x/sys/unix"

// newRoom reserves max bytes of addresses, none of which can be used yet; so
// they count neither as memory nor, under strict overcommit, as a promise of
// it. The first used bytes are about to be replaced by an image.
func newRoom(_, max uint64) ([]byte, error) {
	const flags = unix.MAP_PRIVATE | unix.MAP_ANON | unix.MAP_NORESERVE
	return unix.Mmap(-1, 0, int(wholePages(max)), unix.PROT_NONE, flags)
}

// openRoom makes the bytes between from and to usable; they are zero, and the
// system gives pages when they are first written. The room does not move.
func openRoom(room []byte, from, to uint64) ([]byte, error) {
	if from = from &^ uint64(unix.Getpagesize()-1); from < to {
		return room, unix.Mprotect(room[from:wholePages(to)], unix.PROT_READ|unix.PROT_WRITE)
	}
	return room, nil
}

func freeRoom(room []byte) error { return unix.Munmap(room) }

// wholePages returns size as a positive number of whole pages.
func wholePages(size uint64) uint64 {
	page := uint64(unix.Getpagesize())
	return max(page, (size+page-1)&^(page-1))
}
