package runtime

import (
	"math/rand/v2"
	"sync"
)

const (
	idDigits = 32
	idBatch  = 64 // ids per allocation
)

// IDs makes request and trace ids: 32 hex digits, unique for all practical
// purposes, not secret. Its zero value is ready, and it is safe for concurrent
// use. Ids are cut from strings of 64, so most cost no allocation.
type IDs struct {
	batches sync.Pool // of *idStock
}

type idStock struct {
	rest   string
	random *rand.PCG
}

// Next returns a new id.
func (s *IDs) Next() string {
	b, _ := s.batches.Get().(*idStock)
	if b == nil {
		b = &idStock{random: rand.NewPCG(rand.Uint64(), rand.Uint64())}
	}
	if len(b.rest) < idDigits {
		b.rest = moreIDs(b.random)
	}
	id := b.rest[:idDigits]
	b.rest = b.rest[idDigits:]
	s.batches.Put(b)
	return id
}

func moreIDs(random *rand.PCG) string {
	var digits [idDigits * idBatch]byte
	for at := 0; at < len(digits); at += 16 {
		putHex(digits[at:at+16], random.Uint64())
	}
	return string(digits[:])
}

// putHex writes the 16 digits of v.
func putHex(dst []byte, v uint64) {
	const digits = "0123456789abcdef"
	for i := range 16 {
		dst[i] = digits[v>>(60-4*i)&15]
	}
}
