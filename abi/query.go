package abi

import (
	"bytes"

	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// HasQuery reports whether the raw query names a parameter called name.
func (r *Request) HasQuery(name string) bool {
	for rest := r.Query; len(rest) > 0; {
		var pair []byte
		pair, rest, _ = bytes.Cut(rest, []byte{'&'})
		key, _, _ := bytes.Cut(pair, []byte{'='})
		if len(key) > 0 && equalUnescaped(key, name) {
			return true
		}
	}
	return false
}

// equalUnescaped reports whether key, percent-decoded and with '+' for a
// space, equals want. A broken escape stands for itself.
func equalUnescaped(key []byte, want string) bool {
	n := 0
	for i := 0; i < len(key); i++ {
		c := key[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(key):
			high, ok := jsontext.Unhex(key[i+1])
			low, ok2 := jsontext.Unhex(key[i+2])
			if ok && ok2 {
				c = high<<4 | low
				i += 2
			}
		}
		if n >= len(want) || want[n] != c {
			return false
		}
		n++
	}
	return n == len(want)
}
