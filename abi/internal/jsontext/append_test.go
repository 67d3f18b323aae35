package jsontext

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzAppendString(f *testing.F) {
	for _, s := range append(texts, "\x00\x1f\x7f", "gr\u00fc\u00dfe \u4f60\u597d \U0001F600", "\xe4\xbd", "\xff\xfe\xed\xa0\x80", "\u2028") {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		got := AppendString([]byte("x"), s)
		if want := appendObvious([]byte("x"), string(s)); !bytes.Equal(got, want) {
			t.Fatalf("AppendString(%q) = %s, want %s", s, got, want)
		}
		if roomy := AppendString(append(make([]byte, 0, 8*len(s)+16), 'x'), s); !bytes.Equal(roomy, got) {
			t.Fatalf("AppendString(%q) with room = %s, want %s", s, roomy, got)
		}
		if valid := []byte(replaceInvalid(s)); !bytes.Equal(AppendValid([]byte("x"), valid), got) {
			t.Fatalf("AppendValid(%q) = %s, want %s", valid, AppendValid([]byte("x"), valid), got)
		}
		var back string
		if err := json.Unmarshal(got[1:], &back); err != nil || back != replaceInvalid(s) {
			t.Fatalf("AppendString(%q) reads back as %q, %v", s, back, err)
		}
	})
}

func TestAppendString_agreesWithItsTwinAtEveryLength(t *testing.T) {
	for n := range 40 {
		for at := range n {
			for c := range 256 {
				s := bytes.Repeat([]byte("!"), n)
				s[at] = byte(c)
				want := appendObvious(nil, string(s))
				for _, room := range []int{0, n + 2, 2*n + 8, 6*n + 16} {
					if got := AppendString(make([]byte, 0, room), s); !bytes.Equal(got, want) {
						t.Fatalf("AppendString(%q) with room for %d = %s, want %s", s, room, got, want)
					}
				}
			}
		}
	}
}

func TestAppendValid_agreesWithItsTwinAtEveryLength(t *testing.T) {
	for n := range 3*block + 9 {
		for at := range n {
			for _, c := range []string{"\x00", "\n", "\x1f", `"`, "\\", "!", "\x7f", "ü", "你", "\U0001F600"} {
				s := []byte(strings.Repeat("!", at) + c + strings.Repeat("!", n-at-1))
				want := appendObvious(nil, string(s))
				for _, room := range []int{0, len(s) + 2, 2*len(s) + 8} {
					if got := AppendValid(make([]byte, 0, room), s); !bytes.Equal(got, want) {
						t.Fatalf("AppendValid(%q) with room for %d = %s, want %s", s, room, got, want)
					}
				}
			}
		}
	}
}

func TestAppendString_takesAPartOfItsDestination(t *testing.T) {
	for _, s := range texts {
		dst := append(make([]byte, 0, 512), s...)
		want := appendObvious([]byte(s), s)
		if got := AppendString(dst, dst); !bytes.Equal(got, want) {
			t.Errorf("AppendString(%q) behind itself = %s, want %s", s, got, want)
		}
	}
}

func BenchmarkAppendString(b *testing.B) {
	for name, s := range map[string]string{
		"agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
		"json":  strings.Repeat(`{"name":"value","n":1},`, 100),
		"han":   strings.Repeat("你好，世界", 100),
		"long":  strings.Repeat("a long text ", 5000),
	} {
		for how, appendTo := range map[string]func(dst, s []byte) []byte{"string": AppendString, "valid": AppendValid} {
			b.Run(name+"/"+how, func(b *testing.B) {
				dst := make([]byte, 0, 80<<10)
				b.SetBytes(int64(len(s)))
				b.ReportAllocs()
				for b.Loop() {
					dst = appendTo(dst[:0], []byte(s))
				}
			})
		}
	}
}

// appendObvious is the slow, obvious twin of AppendString.
func appendObvious(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = appendEscaped(dst, c)
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\uFFFD"...)
			i++
			start = i
			continue
		}
		i += n
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
