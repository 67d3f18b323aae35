package wire

import (
	"bytes"
	"strings"
	"testing"
)

func TestIsToken_takesTheCharactersOfTheStandard(t *testing.T) {
	const tchar = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for c := range 256 {
		want := strings.IndexByte(tchar, byte(c)) >= 0
		for n := 1; n < 20; n++ {
			for at := range n {
				name := bytes.Repeat([]byte("-9AZaz0"), 3)[:n]
				name[at] = byte(c)
				if got := IsToken(name); got != want {
					t.Errorf("IsToken(%q) = %v, want %v", name, got, want)
				}
			}
		}
	}
	if IsToken(nil) {
		t.Error("nothing is a token")
	}
}

func TestAppendName_writesCases(t *testing.T) {
	for c, want := range map[Case]string{
		AsSent:    `"x-FORWARDED-for" "-a" "ETag"`,
		Lower:     `"x-forwarded-for" "-a" "etag"`,
		Canonical: `"X-Forwarded-For" "-A" "Etag"`,
	} {
		dst := AppendName(nil, "x-FORWARDED-for", c)
		dst = AppendName(append(dst, ' '), "-a", c)
		dst = AppendName(append(dst, ' '), []byte("ETag"), c)
		if string(dst) != want {
			t.Errorf("case %d is %s, want %s", c, dst, want)
		}
	}
}

func TestAppendKey_writesWhatAppendNameDoes(t *testing.T) {
	for _, c := range []Case{AsSent, Lower, Canonical} {
		for n := range 30 {
			name := []byte(strings.Repeat("@AMZ[`amz{-", 3)[:n])
			want := append(AppendName([]byte("x,"), name, c), ':')
			if got := AppendKey([]byte("x"), name, c); !bytes.Equal(got, want) {
				t.Errorf("AppendKey(%q) = %s, want %s", name, got, want)
			}
		}
	}
}

func TestNames_areComparedAndLoweredAsSingleBytesAre(t *testing.T) {
	for c := range 256 {
		for n := 1; n < 20; n++ {
			for at := range n {
				a := bytes.Repeat([]byte("xX"), 10)[:n]
				a[at] = byte(c)
				b := make([]byte, n)
				copyLower(b, a)
				for i := range a {
					if b[i] != lower(a[i]) {
						t.Fatalf("%q in lower case is %q", a, b)
					}
				}
				if !sameName(a, b) || !sameName(b, a) {
					t.Fatalf("%q is not %q", a, b)
				}
				for bit := range 8 {
					b[at] = byte(c ^ 1<<bit)
					if got, want := sameName(a, b), lower(b[at]) == lower(a[at]); got != want {
						t.Fatalf("sameName(%q, %q) = %v, want %v", a, b, got, want)
					}
				}
			}
		}
	}
	if sameName([]byte("a"), []byte("ab")) {
		t.Error("names of two lengths are the same")
	}
}
