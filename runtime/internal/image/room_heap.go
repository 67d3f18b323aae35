//go:build !linux && !darwin

package image

// newRoom takes what is used at once from the Go heap; the rest comes as it
// grows.
func newRoom(used, _ uint64) ([]byte, error) { return make([]byte, used, max(used, 1)), nil }

// growRoom returns room with at least size bytes; it may have moved.
func growRoom(room []byte, size uint64) []byte {
	if size <= uint64(len(room)) {
		return room
	}
	grown := make([]byte, size)
	copy(grown, room)
	return grown
}

func freeRoom([]byte) error { return nil }
