package image

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"
	"unsafe"
)

// Bits of an entry of /proc/self/pagemap.
const (
	entryFile    = 1 << 61 // belongs to a file or is shared; a private copy does not
	entrySwapped = 1 << 62
	entryPresent = 1 << 63

	entrySize = 8
)

// pagemap is the strategy for older kernels: an entry of eight bytes is read
// for every page of the memory.
type pagemap struct {
	file    *os.File
	entries *sync.Pool // of *[entriesAtOnce * entrySize]byte
}

// entriesAtOnce is what one read takes: 4 MiB of memory with small pages.
const entriesAtOnce = 1024

func newPagemap(file *os.File) pagemap {
	return pagemap{file: file, entries: &sync.Pool{New: func() any { return new([entriesAtOnce * entrySize]byte) }}}
}

func (pagemap) name() string { return "pagemap" }

func (p pagemap) keep(c Contents) (store, error) { return newFile(p, c) }

func (pagemap) mark([]byte) error { return nil }

func (p pagemap) copyBack(memory []byte, from *file, limit int, u *use) (private int, err error) {
	buffer := p.entries.Get().(*[entriesAtOnce * entrySize]byte)
	defer p.entries.Put(buffer)
	page := os.Getpagesize()
	first := int64(uintptr(unsafe.Pointer(unsafe.SliceData(memory)))) / int64(page)
	pages := (len(memory) + page - 1) / page
	for done := 0; done < pages; {
		entries := buffer[:min(pages-done, entriesAtOnce)*entrySize]
		if _, err := p.file.ReadAt(entries, (first+int64(done))*entrySize); err != nil {
			return 0, fmt.Errorf("read the page map: %w", err)
		}
		for ; len(entries) > 0; entries = entries[entrySize:] {
			entry := binary.NativeEndian.Uint64(entries)
			if entry&(entryPresent|entrySwapped) != 0 && entry&entryFile == 0 {
				if private++; private > limit {
					return private, nil
				}
				from.putBack(memory, uint64(done*page), uint64((done+1)*page))
				u.found(uint64(done*page), uint64((done+1)*page))
			}
			done++
		}
	}
	return private, nil
}
