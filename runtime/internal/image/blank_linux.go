package image

import "golang.org/x/sys/unix"

// blank makes the bytes of room between from and to zero, where no file lies,
// and gives their pages back.
func blank(room []byte, from, to uint64) error {
	whole := min(wholePages(from), to)
	clear(room[from:whole])
	if whole == to {
		return nil
	}
	return unix.Madvise(room[whole:wholePages(to)], unix.MADV_DONTNEED)
}
