package route

import (
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
)

func TestParseHost(t *testing.T) {
	for _, c := range []struct{ name, host, want string }{
		{"lower case", "A.Example", "a.example"},
		{"dot at the end", "a.example.", "a.example"},
		{"wildcard", "*.Example", "*.example"},
		{"address", "127.0.0.1", "127.0.0.1"},
		{"address in brackets", "[FE80::1]", "[fe80::1]"},
		{"one name", "localhost", "localhost"},
		{"port", "a:80", ""},
		{"nothing", "", ""},
		{"star", "*", ""},
		{"star alone", "*.", ""},
		{"star inside", "a.*.b", ""},
		{"empty part", "a..b", ""},
		{"slash", "a/b", ""},
		{"not ASCII", "é.example", ""},
		{"open bracket", "[::1", ""},
		{"bracket with port", "[::1]:80", ""},
		{"long", strings.Repeat("a.", 130), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseHost(c.host)
			if got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
			if c.want == "" && fault.CodeOf(err) != fault.BadManifest {
				t.Errorf("err = %v, want bad_manifest", err)
			}
		})
	}
}

func TestParsePrefix(t *testing.T) {
	for _, c := range []struct{ name, prefix, want string }{
		{"plain", "/a/b", "/a/b"},
		{"slash at the end", "/a/", "/a"},
		{"canonical", "/%61%2f", "/a%2F"},
		{"encoded", "/my%20shop/%3f%23%5c%25", `/my shop/?#\%25`},
		{"root", "/", ""},
		{"nothing", "", ""},
		{"empty segment", "/a//b", ""},
		{"two slashes at the end", "/a//", ""},
		{"no slash", "a", ""},
		{"dots", "/a/..", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParsePrefix(c.prefix)
			if got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
			if c.want == "" && fault.CodeOf(err) != fault.BadManifest {
				t.Errorf("err = %v, want bad_manifest", err)
			}
		})
	}
}
