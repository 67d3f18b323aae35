package route

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
)

func TestAppendCanonical_decodesOnce(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"plain", "/a/b", "/a/b"},
		{"root", "/", "/"},
		{"decoded", "/%61%20b", "/a b"},
		{"slash stays", "/a%2fb", "/a%2Fb"},
		{"percent stays", "/100%25", "/100%25"},
		{"double encoding stays", "/%252e%252e/%252F", "/%252e%252e/%252F"},
		{"empty segments stay", "//a///", "//a///"},
		{"encoded query marks are data", "/a%3Fb%23c%5Cd", `/a?b#c\d`},
		{"plus is plus", "/a+b", "/a+b"},
		{"not UTF-8", "/%ff\xfe", "/\xff\xfe"},
		{"more than two dots", "/.../a..b/..c/.d", "/.../a..b/..c/.d"},
		{"braces", "/{a}", "/{a}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := AppendCanonical([]byte("dst"), []byte(c.raw))
			if err != nil || string(got) != "dst"+c.want {
				t.Errorf("got %q, %v, want %q", got, err, "dst"+c.want)
			}
		})
	}
}

func TestAppendCanonical_refuses(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"nothing", "", "begin"},
		{"no slash", "a/b", "begin"},
		{"star", "*", "begin"},
		{"encoded first slash", "%2Fa", "begin"},
		{"cut encoding", "/a%2", "hex"},
		{"lone percent", "/a%", "hex"},
		{"bad digits", "/%zz", "hex"},
		{"NUL", "/a\x00", "control"},
		{"encoded NUL", "/a%00", "control"},
		{"encoded newline", "/a%0Ab", "control"},
		{"encoded DEL", "/%7f", "control"},
		{"one dot", "/a/./b", "segment"},
		{"one dot at the end", "/a/.", "segment"},
		{"two dots", "/a/../b", "segment"},
		{"two dots at the start", "/..", "segment"},
		{"encoded dots", "/a/%2e%2e/b", "segment"},
		{"half encoded dots", "/.%2E/b", "segment"},
		{"dots before an encoded slash", "/a/..%2fb", "segment"},
		{"dots after an encoded slash", "/a%2f%2e%2e", "segment"},
		{"space", "/a b", "' '"},
		{"question mark", "/a?b", "'?'"},
		{"fragment", "/a#b", "'#'"},
		{"backslash", `/a\b`, `'\\'`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := AppendCanonical([]byte("dst"), []byte(c.raw))
			if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("err = %v, want invalid with %s", err, c.want)
			}
			if string(got) != "dst" {
				t.Errorf("dst = %q, want it unchanged", got)
			}
		})
	}
}

func FuzzAppendCanonical(f *testing.F) {
	for _, s := range []string{"/", "/a%2Fb%25", "/%2e%2e", "/.%2E/", "//a//", "/%252e", "/a%00", "/%", "/%c3%a9 ", "a"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := AppendCanonical(nil, raw)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid || len(got) != 0 {
				t.Fatalf("got %q, %v", got, err)
			}
			return
		}
		want, err := url.PathUnescape(string(raw))
		if err != nil {
			t.Fatalf("took %q, which net/url does not: %v", raw, err)
		}
		if string(decode(got)) != want {
			t.Errorf("decoded twice %q, want %q", decode(got), want)
		}
		if bytes.Count(got, []byte{'/'}) != bytes.Count(raw, []byte{'/'}) {
			t.Errorf("%q and %q have not the same segments", raw, got)
		}
		for segment := range strings.SplitSeq(want, "/") {
			if segment == "." || segment == ".." {
				t.Errorf("took %q, a segment of %q", segment, raw)
			}
		}
		for _, c := range got {
			if c < ' ' || c == 0x7f {
				t.Errorf("took a control character in %q", raw)
			}
		}
	})
}

func BenchmarkAppendCanonical(b *testing.B) {
	for name, raw := range map[string]string{"plain": "/api/v1/things/42/parts", "encoded": "/api/%76%31/things%2F42/caf%C3%A9"} {
		b.Run(name, func(b *testing.B) {
			dst, raw := make([]byte, 0, 256), []byte(raw)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := AppendCanonical(dst, raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
