package runtime

import (
	"encoding/binary"
	"encoding/hex"
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
	var bytes [idDigits * idBatch / 2]byte
	for at := 0; at < len(bytes); at += 8 {
		binary.NativeEndian.PutUint64(bytes[at:], random.Uint64())
	}
	var digits [len(bytes) * 2]byte
	hex.Encode(digits[:], bytes[:])
	return string(digits[:])
}
