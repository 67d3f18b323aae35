// Package image keeps the linear memory of an initialised instance, gives it to
// clones copy-on-write, and puts a used memory back into exactly that state. It
// is not a wasm engine: it knows bytes and pages, no modules, no globals and no
// files.
//
// Four strategies do the same work at different cost. A system offers one or
// more of them and [New] takes the best that passes a probe:
//
//	pagewatch  Linux 6.7 and newer with userfaultfd: pages lose a mark when they are written
//	pagescan   Linux 6.7 and newer: PAGEMAP_SCAN names the pages that became private
//	pagemap    older Linux: /proc/self/pagemap says it page by page
//	copy       everywhere else: the memory is compared with the image, page by page
//
// With the first three, the image lies in a memory file. A memory is a reserved
// range of addresses with a private mapping of that file over its beginning:
//
//	0                      image                  size                   max
//	├───────────────────────┼──────────────────────┼──────────────────────┤
//	│ private mapping of    │ zero pages, private, │ reserved addresses,  │
//	│ the memory file       │ there after a grow   │ not accessible       │
//	└───────────────────────┴──────────────────────┴──────────────────────┘
//
// A page that was written became private; [Memory.Reset] copies exactly these
// back from a shared read-only mapping of the same file. They stay resident, so
// that the next call takes no page fault on them. After a call whose thread took
// no fault at all they are the same pages again, and the system is not asked.
package image

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// errClosed says that an image was freed already.
var errClosed = errors.New("the image is closed")

// errBlank says that a memory has nothing it could be reset to.
var errBlank = errors.New("the memory has no image")

// Image is the contents of a linear memory, shared by any number of memories.
// It may be used concurrently. It is closed by its maker and freed when the
// last memory made from it is.
type Image struct {
	strategy strategy
	store    store
	size     uint64
	freed    func()       // told of the end; nil for nobody
	users    atomic.Int64 // the makers and every memory
}

// strategy makes stores; it is how a system keeps images.
type strategy interface {
	// name is "pagewatch", "pagescan", "pagemap" or "copy".
	name() string
	// keep copies contents into a store.
	keep(c Contents) (store, error)
}

// store holds the bytes of one image.
type store interface {
	// lay puts the image at the beginning of a blank room. room is at least as
	// long as the image.
	lay(room []byte) error
	// restore makes memory, which has the length of the image, equal to it. It
	// returns how many pages of memory were private and whether they still are; if
	// there were more than most, all may be dropped, and the number is not exact.
	// Of those that are kept it tells u.
	restore(memory []byte, most int, u *use) (private int, kept bool, err error)
	// putBack makes whole pages of memory equal to the image's.
	putBack(memory []byte, from, to uint64)
	// rest gives back what it can of a memory that is equal to the image.
	rest(memory []byte) error
	// view is the bytes of the image, to be read only.
	view() []byte
	// hole reports whether a page is known to be blank.
	hole(page uint64) bool
	// equals compares all bytes.
	equals(c Contents) bool
	// held is how much memory the store takes.
	held() uint64
	close() error
}

// New makes an image of contents, which it copies. The best strategy of the
// system keeps it. The image belongs to the caller, who closes it.
func New(c Contents) (*Image, error) { return newImage(strategies()[0], c) }

func newImage(s strategy, c Contents) (*Image, error) {
	store, err := s.keep(c)
	if err != nil {
		return nil, fmt.Errorf("keep an image of %d bytes: %w", len(c.bytes), err)
	}
	im := &Image{strategy: s, store: store, size: uint64(len(c.bytes))}
	im.users.Store(1)
	return im, nil
}

// NewCopy is New with the strategy "copy", which works on every system.
func NewCopy(c Contents) (*Image, error) { return newImage(copying{}, c) }

// Strategy returns how the image is kept: "pagewatch", "pagescan", "pagemap" or
// "copy".
func (im *Image) Strategy() string { return im.strategy.name() }

// Bytes returns the length of the image.
func (im *Image) Bytes() uint64 { return im.size }

// Held returns how much memory the image takes by itself: where the system
// allows, pages of zeros take none.
func (im *Image) Held() uint64 { return im.store.held() }

// Close gives the image up. Memories made from it go on working; no new ones may
// be made. It must be called once.
func (im *Image) Close() error { return im.release() }

// hold keeps the image until release. It reports whether there is still
// something to keep.
func (im *Image) hold() bool {
	for {
		users := im.users.Load()
		if users == 0 {
			return false
		}
		if im.users.CompareAndSwap(users, users+1) {
			return true
		}
	}
}

func (im *Image) release() error {
	if im.users.Add(-1) > 0 {
		return nil
	}
	if im.freed != nil {
		im.freed()
	}
	return im.store.close()
}
