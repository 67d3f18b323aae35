package image

import (
	"os"
	"sync"
)

// scanner is how pages that were touched are told from others; nil where the
// system can't.
var scanner = sync.OnceValue(func() *pagescan {
	for _, s := range strategies() {
		if p, ok := s.(pagescan); ok {
			return &p
		}
	}
	return nil
})

// touchedPages returns the pages of memory that the system has given to it, and
// whether that is known. Others are what lies beneath them: nobody has read or
// written them.
func touchedPages(memory []byte) (touched pageSet, known bool) {
	p := scanner()
	if p == nil || len(memory) == 0 {
		return nil, false
	}
	s := p.scans.Get().(*scan)
	defer p.scans.Put(s)
	page := uint64(os.Getpagesize())
	touched = newPageSet(len(memory))
	s.ask(memory, scanArgument{anyOf: pageIsPresent | pageIsSwapped, returned: pageIsPresent})
	for !s.done() {
		regions, err := p.next(s)
		if err != nil {
			return nil, false
		}
		for _, r := range regions {
			for at := r.start; at < r.end; at += page {
				touched.set((at - s.base) / page)
			}
		}
	}
	return touched, true
}
