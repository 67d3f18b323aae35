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
	rest string
}

// Next returns a new id.
func (s *IDs) Next() string {
	b, _ := s.batches.Get().(*idStock)
	if b == nil {
		b = &idStock{}
	}
	if len(b.rest) < idDigits {
		b.rest = moreIDs()
	}
	id := b.rest[:idDigits]
	b.rest = b.rest[idDigits:]
	s.batches.Put(b)
	return id
}

func moreIDs() string {
	var random [idDigits * idBatch / 2]byte
	for i := 0; i < len(random); i += 8 {
		binary.LittleEndian.PutUint64(random[i:], rand.Uint64())
	}
	return hex.EncodeToString(random[:])
}
