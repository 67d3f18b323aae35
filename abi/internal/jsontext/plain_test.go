package jsontext

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestPlain_findsEveryByteInEveryPlace(t *testing.T) {
	for n := range 3*block + 9 {
		for at := range n {
			for _, c := range []byte{0, 1, 2, 0x1f, ' ', '!', '"', '#', '[', '\\', ']', '^', 0x7e, 0x7f, 0x80, 0x82, 0x9f, 0xa0, 0xa2, 0xdc, 0xff} {
				b := bytes.Repeat([]byte{'~'}, n)
				b[at] = c
				if got, want := Plain(b), plainObvious(b); got != want {
					t.Fatalf("of %d bytes with %#x at %d %d are plain, want %d", n, c, at, got, want)
				}
			}
		}
	}
}

func TestPlain_looksAtNothingBehindItsBytes(t *testing.T) {
	for n := range 2*block + 9 {
		b := bytes.Repeat([]byte{'"'}, n+2*block)
		for i := range n {
			b[i] = 'x'
		}
		if got := Plain(b[:n]); got != n {
			t.Fatalf("%d of %d bytes are plain", got, n)
		}
	}
}

func TestPlainBlocks_countsWholePlainBlocks(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		b := make([]byte, rnd.IntN(5*block))
		for i := range b {
			b[i] = byte(rnd.IntN(256))
			for i%97 != 0 && (b[i] < ' ' || b[i] == '"' || b[i] == '\\') {
				b[i] = byte(rnd.IntN(256))
			}
		}
		if got, want := plainBlocks(b), plainObvious(b)/block*block; got != want {
			t.Fatalf("%d bytes of %q are plain blocks, want %d", got, b, want)
		}
	}
}

// plainObvious is the slow, obvious twin of Plain.
func plainObvious(b []byte) int {
	for i, c := range b {
		if c < ' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return len(b)
}

func BenchmarkPlain(b *testing.B) {
	text := bytes.Repeat([]byte("abcdefg "), 8<<10)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if Plain(text) != len(text) {
			b.Fatal("it is plain")
		}
	}
}
