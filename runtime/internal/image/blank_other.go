//go:build !linux

package image

// blank makes the bytes of room between from and to zero.
func blank(room []byte, from, to uint64) error {
	clear(room[from:to])
	return nil
}
