package image

import (
	"hash/maphash"
	"sync"
)

// Library makes images and keeps one of those that are equal: functions of one
// module that start alike share it, its descriptor, its mapping and, above all,
// its lines in the caches. It holds no image by itself. It is safe for
// concurrent use.
type Library struct {
	seed maphash.Seed

	mu     sync.Mutex
	images map[uint64]*Image // by their hash; of those that collide, the newest
}

// NewLibrary returns an empty library.
func NewLibrary() *Library {
	return &Library{seed: maphash.MakeSeed(), images: map[uint64]*Image{}}
}

// Take returns an image of contents, as [New] does. It may be one that others
// have, so it must be closed once for every Take.
func (l *Library) Take(c Contents) (*Image, error) {
	hash := l.hash(c)
	if im := l.find(hash); im != nil {
		if im.store.equals(c) {
			return im, nil
		}
		_ = im.Close() // a collision, or damage; the image of its own is right in any case
	}
	im, err := New(c)
	if err != nil {
		return nil, err
	}
	im.freed = func() { l.forget(hash, im) }
	l.add(hash, im)
	return im, nil
}

func (l *Library) hash(c Contents) uint64 {
	hash := uint64(len(c.bytes))
	for at, filled := range c.Filled() {
		hash = maphash.Comparable(l.seed, [3]uint64{hash, uint64(at), maphash.Bytes(l.seed, filled)})
	}
	return hash
}

// find returns the image of that hash, held for the caller.
func (l *Library) find(hash uint64) *Image {
	l.mu.Lock()
	defer l.mu.Unlock()
	if im := l.images[hash]; im != nil && im.hold() {
		return im
	}
	return nil
}

func (l *Library) add(hash uint64, im *Image) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.images[hash] = im
}

func (l *Library) forget(hash uint64, im *Image) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.images[hash] == im {
		delete(l.images, hash)
	}
}
