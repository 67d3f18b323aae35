//go:build !linux && !darwin

package image

// newRoom takes what is used at once from the Go heap; the rest comes as it
// grows.
func newRoom(used, _ uint64) ([]byte, error) { return make([]byte, used, max(used, 1)), nil }

// openRoom returns room with at least to bytes; it may have moved.
func openRoom(room []byte, _, to uint64) ([]byte, error) {
	if to <= uint64(len(room)) {
		return room, nil
	}
	grown := make([]byte, to)
	copy(grown, room)
	return grown, nil
}

func freeRoom([]byte) error { return nil }
