//go:build !linux

package image

// faults returns how many page faults the calling thread has taken, and whether
// that is known.
func faults() (n int64, known bool) { return 0, false }

// countsFaults reports whether every write that makes a page private shows in
// faults.
func countsFaults() bool { return false }
