package jsontext

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// Text decodes by words near an escape sequence and by long steps elsewhere; the
// distances between the sequences are what counts.
func TestValue_isDecodedWhereverItsEscapesAre(t *testing.T) {
	escapes := []string{`\n`, `\"`, `\\`, `\/`, `\u00fc`, `\ud83d\ude00`}
	for distance := range 2 * 8 * nearWords {
		for _, escape := range escapes {
			text := `"` + strings.Repeat(strings.Repeat("x", distance)+escape, 5) + strings.Repeat("y", distance/2) + `"`
			var want string
			if err := json.Unmarshal([]byte(text), &want); err != nil {
				t.Fatal(err)
			}
			v := ReadString([]byte(text))
			if got, _ := v.Text(nil); string(got) != want {
				t.Fatalf("%s is %q, want %q", text, got, want)
			}
			scratch := append(make([]byte, 0, 4<<10), "before"...)
			if got, scratch := v.Text(scratch); string(got) != want || !bytes.HasPrefix(scratch, []byte("before")) {
				t.Fatalf("%s behind others is %q, want %q", text, got, want)
			}
		}
	}
}

func BenchmarkText(b *testing.B) {
	for name, inner := range map[string]string{
		"json":  strings.Repeat(`{\"name\":\"value\",\"n\":1},`, 3000),
		"lines": strings.Repeat(strings.Repeat("a line of text ", 8)+`\n`, 600),
	} {
		b.Run(name, func(b *testing.B) {
			text := []byte(`"` + inner + `"`)
			var scratch []byte
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				_, scratch = ReadString(text).Text(scratch[:0])
			}
		})
	}
}
