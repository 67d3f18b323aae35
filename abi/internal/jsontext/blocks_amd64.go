package jsontext

// plainBlocks returns how many bytes b begins with, counted in whole blocks,
// that stand for themselves in a JSON string.
//
//go:noescape
func plainBlocks(b []byte) int
