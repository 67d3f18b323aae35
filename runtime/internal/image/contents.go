package image

import (
	"bytes"
	"iter"
	"os"
)

// Contents is what a memory holds: its bytes, and which of its pages are blank.
// Most memories are mostly blank, and who passes over blank pages needs neither
// to read them nor, where the system has not given any yet, to ask for them.
type Contents struct {
	bytes []byte
	blank pageSet
}

// pageSet has a bit for each page of a memory.
type pageSet []uint64

func newPageSet(bytes int) pageSet { return make(pageSet, bytes/os.Getpagesize()/64+1) }

func (s pageSet) at(page uint64) bool { return s[page/64]>>(page%64)&1 == 1 }

func (s pageSet) set(page uint64) { s[page/64] |= 1 << (page % 64) }

// ContentsOf returns contents that share memory: they are good until it is
// written.
func ContentsOf(memory []byte) Contents {
	return contentsOf(memory, func(uint64) bool { return false })
}

// contentsOf reads what is not known to be blank.
func contentsOf(memory []byte, known func(page uint64) bool) Contents {
	c := Contents{bytes: memory, blank: newPageSet(len(memory))}
	page := os.Getpagesize()
	zeros := make([]byte, page)
	for n, at := uint64(0), 0; at < len(memory); n, at = n+1, at+page {
		if known(n) || bytes.HasPrefix(zeros, memory[at:min(at+page, len(memory))]) {
			c.blank.set(n)
		}
	}
	return c
}

// Contents returns what the memory holds now. They are good until it is used
// again, reset or freed.
func (m *Memory) Contents() Contents {
	memory := m.View()
	touched, ok := touchedPages(memory)
	if !ok {
		return ContentsOf(memory)
	}
	return contentsOf(memory, func(page uint64) bool { return !touched.at(page) && m.beginsBlank(page) })
}

// beginsBlank reports whether a page is known to be blank until it is touched.
func (m *Memory) beginsBlank(page uint64) bool {
	if m.im == nil || page*uint64(os.Getpagesize()) >= m.im.size {
		return true
	}
	return m.im.store.hole(page)
}

// Filled yields what is not blank, in order: neighbouring pages together, and
// where they begin.
func (c Contents) Filled() iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		page := os.Getpagesize()
		for at := 0; at < len(c.bytes); {
			end := at
			for end < len(c.bytes) && !c.blank.at(uint64(end/page)) {
				end = min(end+page, len(c.bytes))
			}
			if at < end && !yield(at, c.bytes[at:end:end]) {
				return
			}
			at = end + page // past a blank page, or the end
		}
	}
}

// equal reports whether memory, which has such blank pages, holds the same.
func (c Contents) equal(memory []byte, blank pageSet) bool {
	if len(c.bytes) != len(memory) {
		return false
	}
	for n := range c.blank {
		if c.blank[n] != blank[n] {
			return false
		}
	}
	for at, filled := range c.Filled() {
		if !bytes.Equal(filled, memory[at:at+len(filled)]) {
			return false
		}
	}
	return true
}
