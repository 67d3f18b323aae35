//go:build !amd64 && !arm64

package trail

func fetch(*[room]uintptr, int) {}
