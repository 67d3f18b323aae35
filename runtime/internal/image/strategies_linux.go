package image

import (
	"bytes"
	"fmt"
	"os"
	"sync"
)

// strategies returns what this system offers, best first. The page map stays
// open as long as the process lives; every image uses it.
var strategies = sync.OnceValue(func() []strategy {
	offered := make([]strategy, 0, 4)
	if file, err := os.Open("/proc/self/pagemap"); err == nil {
		scan := newPagescan(file)
		if watch, err := newPagewatch(scan); err == nil {
			if probe(watch.always()) == nil {
				offered = append(offered, watch)
			} else {
				watch.close()
			}
		}
		for _, s := range []strategy{scan, newPagemap(file)} {
			if probe(s) == nil {
				offered = append(offered, s)
			}
		}
		if len(offered) == 0 {
			_ = file.Close() // nothing was written to it
		}
	}
	return append(offered, copying{})
})

// probe tries s on a small memory: not every kernel has the call, and not every
// sandbox that claims to be Linux tells private pages from others.
func probe(s strategy) error {
	return onSmallMemory(s, func(m *Memory, memory, want []byte) error {
		memory[0], memory[5*os.Getpagesize()] = 2, 2
		if err := m.Reset(); err != nil {
			return err
		}
		if m.Private() != 2 || !bytes.Equal(memory, want) {
			return fmt.Errorf("%s finds %d private pages instead of 2", s.name(), m.Private())
		}
		return nil
	})
}

// onSmallMemory tries something with a memory of eight pages, all of which were
// read and none written.
func onSmallMemory(s strategy, try func(m *Memory, memory, want []byte) error) error {
	want := bytes.Repeat([]byte{1}, 8*os.Getpagesize())
	im, err := newImage(s, ContentsOf(want))
	if err != nil {
		return err
	}
	defer im.Close()
	m, err := NewMemory(im, uint64(len(want)))
	if err != nil {
		return err
	}
	defer m.Free()
	memory := m.Reallocate(uint64(len(want)))
	_ = bytes.Count(memory, []byte{1})
	return try(m, memory, want)
}
