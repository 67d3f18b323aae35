package wire

import (
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi"
)

func TestFields_leaveOutWhatIsNoToken(t *testing.T) {
	f := NewFields([]abi.Field{{Name: []byte("a b")}, {Name: nil}, {Name: []byte("ok")}, {Name: []byte("A B")}}, nil)
	if got := groups(f.Links); got != "2 " {
		t.Errorf("groups are %s, want 2", got)
	}
	if f.Find("a b") != -1 || f.Find("OK") != 2 {
		t.Error("what is found is not what was grouped")
	}
}

func TestIsToken_takesTheCharactersOfTheStandard(t *testing.T) {
	const tchar = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for c := range 256 {
		if got, want := IsToken([]byte{'a', byte(c)}), strings.IndexByte(tchar, byte(c)) >= 0; got != want {
			t.Errorf("IsToken(%#x) = %v, want %v", c, got, want)
		}
	}
	if IsToken(nil) {
		t.Error("nothing is a token")
	}
}

func TestIsFieldValue_refusesControlCharacters(t *testing.T) {
	for c := range 256 {
		want := c >= ' ' && c != 0x7F || c == '\t'
		if got := IsFieldValue([]byte{'a', byte(c)}); got != want {
			t.Errorf("IsFieldValue(%#x) = %v, want %v", c, got, want)
		}
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
