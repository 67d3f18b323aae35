package image

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"
)

func mustTake(t *testing.T, l *Library, memory []byte) *Image {
	t.Helper()
	im, err := l.Take(ContentsOf(memory))
	if err != nil {
		t.Fatal(err)
	}
	return im
}

func mustClose(t *testing.T, im *Image) {
	t.Helper()
	if err := im.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestLibrary_sharesWhatIsEqual(t *testing.T) {
	l := NewLibrary()
	one, other, again := mustTake(t, l, sparse(5)), mustTake(t, l, sparse(6)), mustTake(t, l, sparse(5))
	if one != again || one == other {
		t.Error("equal memories have images of their own, or others share one")
	}
	mustClose(t, one)
	if _, memory := makeMemory(t, again, again.Bytes()); !bytes.Equal(memory, sparse(5)) {
		t.Error("the image is not what was taken, after one of two owners closed it")
	}
	mustClose(t, again)
	mustClose(t, other)
}

func TestLibrary_keepsNothing(t *testing.T) {
	l := NewLibrary()
	one := mustTake(t, l, sparse(5))
	memory, err := NewMemory(one, one.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, one)
	if again := mustTake(t, l, sparse(5)); again != one {
		t.Error("an image that an instance still uses is not shared")
	} else {
		mustClose(t, again)
	}
	memory.Free()
	if len(l.images) != 0 {
		t.Errorf("%d images are left", len(l.images))
	}
	mustClose(t, mustTake(t, l, sparse(5)))
}

func TestLibrary_knowsACollision(t *testing.T) {
	l := NewLibrary()
	one := mustTake(t, l, sparse(5))
	for hash := range l.images { // as if another memory had the same hash
		im, err := New(ContentsOf(sparse(6)))
		if err != nil {
			t.Fatal(err)
		}
		defer im.Close()
		l.images[hash] = im
	}
	if again := mustTake(t, l, sparse(5)); !bytes.Equal(again.store.view(), sparse(5)) {
		t.Error("took the image of another memory")
	} else {
		mustClose(t, again)
	}
	mustClose(t, one)
}

func TestLibrary_manyAtOnce(t *testing.T) {
	l := NewLibrary()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 300 {
				want := sparse(1 + rand.IntN(3))
				im, err := l.Take(ContentsOf(want))
				if err != nil {
					t.Error(err)
					return
				}
				if !bytes.Equal(im.store.view(), want) {
					t.Error("took the image of another memory")
				}
				if err := im.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if len(l.images) != 0 {
		t.Errorf("%d images are left", len(l.images))
	}
}
