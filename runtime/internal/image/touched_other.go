//go:build !linux

package image

// touchedPages would return the pages that the system has given to a memory.
func touchedPages([]byte) (touched pageSet, known bool) { return nil, false }
