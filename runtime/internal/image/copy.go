package image

import (
	"bytes"
	"os"
)

// copying is the strategy for every system: the image is a plain copy, and a
// reset compares before it writes, so that pages nobody touched stay untouched.
type copying struct{}

func (copying) name() string { return "copy" }

func (copying) keep(c Contents) (store, error) {
	return copied(bytes.Clone(c.bytes)), nil
}

// copied is an image on the Go heap.
type copied []byte

func (c copied) lay(room []byte) error {
	room, err := openRoom(room, 0, uint64(len(c)))
	if err != nil {
		return err
	}
	_, _, err = c.restore(room[:len(c)], 0, nil)
	return err
}

func (c copied) restore(memory []byte, _ int, _ *use) (int, bool, error) {
	page := os.Getpagesize()
	for at := 0; at < len(c); at += page {
		end := min(at+page, len(c))
		if !bytes.Equal(memory[at:end], c[at:end]) {
			copy(memory[at:end], c[at:end])
		}
	}
	return (len(c) + page - 1) / page, true, nil
}

func (c copied) putBack(memory []byte, from, to uint64) {
	copy(memory[from:min(to, uint64(len(c)))], c[from:])
}

// rest can give nothing back: the pages hold the only copy of the memory.
func (copied) rest([]byte) error { return nil }

func (c copied) view() []byte { return c }

// hole is false for all: what is blank is not known here.
func (c copied) hole(uint64) bool { return false }

func (c copied) equals(o Contents) bool { return bytes.Equal(c, o.bytes) }

func (c copied) held() uint64 { return uint64(len(c)) }

func (copied) close() error { return nil }
