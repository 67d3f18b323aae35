package lite

import "math/rand/v2"

// Rand returns a generator of random numbers of its own, with a seed from the
// host. It does not repeat itself when a function's memory was put back,
// provided that it was made during the call. It is not for secrets; those come
// from crypto/rand. It is not safe for concurrent use.
func Rand() *rand.Rand {
	var seed [32]byte
	fillRandom(seed[:])
	return rand.New(rand.NewChaCha8(seed))
}
