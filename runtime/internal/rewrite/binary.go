package rewrite

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/postern-dev/postern/abi/fault"
)

// maxItems bounds functions, segments, exports and the like, since each takes
// more room decoded than its few bytes in the module.
const maxItems = 1_000_000

// reader walks foreign bytes. The first mistake sticks: from then on every
// read gives zero and nothing is left to read, so loops over counts end.
type reader struct {
	b   []byte
	p   int
	err *fault.Error
}

func (r *reader) fail(err *fault.Error) {
	if r.err == nil {
		r.err = err
	}
	r.p = len(r.b)
}

func (r *reader) bad(format string, args ...any) { r.fail(badModule(format, args...)) }

func (r *reader) left() int  { return len(r.b) - r.p }
func (r *reader) more() bool { return r.p < len(r.b) }

func (r *reader) byte() byte {
	if r.p >= len(r.b) {
		r.bad("ends too early")
		return 0
	}
	r.p++
	return r.b[r.p-1]
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > r.left() {
		r.bad("ends too early")
		return nil
	}
	r.p += n
	return r.b[r.p-n : r.p : r.p]
}

// u32 reads an unsigned number of at most 32 bits.
func (r *reader) u32() uint32 {
	if r.p < len(r.b) && r.b[r.p] < 0x80 { // nearly all are short
		r.p++
		return uint32(r.b[r.p-1])
	}
	var v uint32
	for shift := 0; shift < 35; shift += 7 {
		c := r.byte()
		if shift == 28 && c > 0x0f {
			break
		}
		v |= uint32(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	r.bad("holds a number that is too long")
	return 0
}

// sleb reads a signed number of at most the given bits.
func (r *reader) sleb(bits int) int64 {
	var v int64
	for shift := 0; shift < bits; shift += 7 {
		c := r.byte()
		v |= int64(c&0x7f) << shift
		if c >= 0x80 {
			continue
		}
		if room := bits - shift; room < 7 {
			// The unused bits of the last byte repeat the sign.
			if top := int8(c<<1) >> room; top != 0 && top != -1 {
				break
			}
		}
		if shift+7 < 64 && c&0x40 != 0 {
			v |= -1 << (shift + 7)
		}
		return v
	}
	r.bad("holds a number that is too long")
	return 0
}

// count reads the length of a vector whose items take at least size bytes
// each: no allocation is larger than the bytes that are really there.
func (r *reader) count(size int) int {
	n := int(r.u32())
	if n > r.left()/size {
		r.bad("promises more than it holds")
		return 0
	}
	return n
}

// items is count for things that are kept decoded: no module may have more than
// maxItems of them.
func (r *reader) items(size int) int {
	n := r.count(size)
	if n > maxItems {
		r.bad("has %d items in one section, at most %d are taken", n, maxItems)
		return 0
	}
	return n
}

func (r *reader) name() string {
	b := r.bytes(r.count(1))
	if !utf8.Valid(b) {
		r.bad("holds a name that is not UTF-8")
		return ""
	}
	return string(b)
}

func appendU32(b []byte, v uint32) []byte { return binary.AppendUvarint(b, uint64(v)) }

func appendS64(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if (v == 0 && c&0x40 == 0) || (v == -1 && c&0x40 != 0) {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func appendName(b []byte, s string) []byte {
	return append(appendU32(b, uint32(len(s))), s...)
}

func appendBytes(b, s []byte) []byte {
	return append(appendU32(b, uint32(len(s))), s...)
}
