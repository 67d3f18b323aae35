//go:build amd64 || arm64

package trail

// fetch asks for the lines of the first count runs.
//
//go:noescape
func fetch(runs *[room]uintptr, count int)
