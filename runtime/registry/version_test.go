package registry

import (
	"strings"
	"testing"
)

func TestVersionDigest_dependsOnEveryPart(t *testing.T) {
	a, b := strings.Repeat("a", digestLength), strings.Repeat("b", digestLength)
	seen := map[string]string{}
	for name, v := range map[string]Version{
		"nothing":           {},
		"manifest":          {Manifest: []byte("m")},
		"longer manifest":   {Manifest: []byte("mm")},
		"function":          {Modules: map[string]string{"f": a}},
		"another function":  {Modules: map[string]string{"g": a}},
		"another module":    {Modules: map[string]string{"f": b}},
		"both":              {Manifest: []byte("m"), Modules: map[string]string{"f": a}},
		"two functions":     {Modules: map[string]string{"f": a, "g": b}},
		"the other way":     {Modules: map[string]string{"f": b, "g": a}},
		"manifest as parts": {Manifest: []byte("\x00\x00\x00\x00\x00\x00\x00\x01f")},
		"moved boundary":    {Modules: map[string]string{"fa": a[1:]}},
	} {
		digest := VersionDigest(v.Manifest, v.Modules)
		if !isDigest(digest) {
			t.Errorf("%s: %q is no digest", name, digest)
		}
		if other, ok := seen[digest]; ok {
			t.Errorf("%s and %s share %s", name, other, digest)
		}
		seen[digest] = name
	}
}

func TestVersionDigest_staysTheSame(t *testing.T) {
	modules := map[string]string{"b": strings.Repeat("1", digestLength), "a": strings.Repeat("2", digestLength)}
	const want = "1da917f08657eb64171568c0c699ea56b5f5d6c003631e16340d952c0922c582"
	for range 20 { // maps have no order
		if got := VersionDigest([]byte("manifest"), modules); got != want {
			t.Fatalf("got %s, want %s: digests are stored, they must never change", got, want)
		}
	}
}
