package wire

import (
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

func TestIsFieldValue_refusesControlCharacters(t *testing.T) {
	for c := range 256 {
		want := c >= ' ' && c != 0x7F || c == '\t'
		for at := range 20 {
			value := []byte("a value of 20 bytes.")
			value[at] = byte(c)
			if got := IsFieldValue(value); got != want {
				t.Errorf("IsFieldValue(%q) = %v, want %v", value, got, want)
			}
		}
	}
}
