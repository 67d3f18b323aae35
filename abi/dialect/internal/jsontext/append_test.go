package jsontext

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi"
)

func FuzzAppendString(f *testing.F) {
	for _, s := range append(texts, "\x00\x1f\x7f", "gr\u00fc\u00dfe \u4f60\u597d \U0001F600", "\xe4\xbd", "\xff\xfe\xed\xa0\x80", "\u2028") {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		got := AppendString([]byte("x"), s)
		if want := abi.AppendString([]byte("x"), s); !bytes.Equal(got, want) {
			t.Fatalf("AppendString(%q) = %s, want %s", s, got, want)
		}
		var back string
		if err := json.Unmarshal(got[1:], &back); err != nil || back != replaceInvalid(s) {
			t.Fatalf("AppendString(%q) reads back as %q, %v", s, back, err)
		}
	})
}

func BenchmarkAppendString(b *testing.B) {
	for name, s := range map[string]string{
		"agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
		"json":  strings.Repeat(`{"name":"value","n":1},`, 100),
		"han":   strings.Repeat("你好，世界", 100),
	} {
		b.Run(name, func(b *testing.B) {
			dst := make([]byte, 0, 8<<10)
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				dst = AppendString(dst[:0], []byte(s))
			}
		})
	}
}
