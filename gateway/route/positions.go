package route

import "math/bits"

// positions is a set of positions in a path of at most MaxSegments segments:
// position p stands before segment p, so that position 0 is the beginning and
// the number of segments is the end.
//
//	/ a / b / c
//	 0   1   2   3
type positions [4]uint64

func (s *positions) add(p int) { s[p>>6] |= 1 << (p & 63) }

func (s *positions) has(p int) bool { return s[p>>6]>>(p&63)&1 != 0 }

// addRange adds first to last, both included.
func (s *positions) addRange(first, last int) {
	for p := first; p <= last; p++ {
		s.add(p)
	}
}

// next returns the smallest position of at least p, or none.
func (s *positions) next(p int) int {
	for w := p >> 6; w < len(s); w++ {
		word := s[w]
		if w == p>>6 {
			word &= ^uint64(0) << (p & 63)
		}
		if word != 0 {
			return w<<6 + bits.TrailingZeros64(word)
		}
	}
	return none
}

// last returns the largest position, or none.
func (s *positions) last() int {
	for w := len(s) - 1; w >= 0; w-- {
		if s[w] != 0 {
			return w<<6 + 63 - bits.LeadingZeros64(s[w])
		}
	}
	return none
}

// and returns the positions that both sets have.
func (s positions) and(t positions) positions {
	for w := range s {
		s[w] &= t[w]
	}
	return s
}

// forward returns the set with every position one segment on.
func (s positions) forward() positions {
	return positions{s[0] << 1, s[1]<<1 | s[0]>>63, s[2]<<1 | s[1]>>63, s[3]<<1 | s[2]>>63}
}

// back returns the set with every position one segment back.
func (s positions) back() positions {
	return positions{s[0]>>1 | s[1]<<63, s[1]>>1 | s[2]<<63, s[2]>>1 | s[3]<<63, s[3] >> 1}
}
