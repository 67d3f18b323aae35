package abi_test

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
)

// The reply of the manual: 103 bytes at 0x10400.
func ExamplePack() {
	reply := `{"isBase64Encoded":false,"statusCode":200,"headers":{"Content-Type":"text/plain"},"body":"hello world"}`
	packed := abi.Pack(0x10400, uint32(len(reply)))
	fmt.Printf("%#016x = 0x10400 << 32 + %d\n", packed, len(reply))
	ptr, size := abi.Unpack(packed)
	fmt.Printf("%d bytes at %#x\n", size, ptr)
	// Output:
	// 0x0001040000000067 = 0x10400 << 32 + 103
	// 103 bytes at 0x10400
}

func TestPack_isUndoneByUnpack(t *testing.T) {
	for _, ptr := range []uint32{0, 1, 0x10400, math.MaxInt32, math.MaxUint32} {
		for _, size := range []uint32{0, 1, abi.MaxReply, math.MaxUint32} {
			if p, s := abi.Unpack(abi.Pack(ptr, size)); p != ptr || s != size {
				t.Errorf("Unpack(Pack(%#x, %d)) = %#x, %d", ptr, size, p, s)
			}
		}
	}
}

// manual returns the section of the manual that begins with a heading.
func manual(t *testing.T, heading string) string {
	t.Helper()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "// # "+heading+"\n")
	if !ok {
		t.Fatalf("the manual has no section %q", heading)
	}
	section, _, _ = strings.Cut(section, "// # ")
	return section
}

func TestManual_namesEveryCodeOfACall(t *testing.T) {
	section := manual(t, "Faults")
	for _, code := range fault.Codes() {
		if code == fault.BadManifest {
			return // those of an upload begin here
		}
		if !regexp.MustCompile(`(?m)^//\t` + string(code) + ` `).MatchString(section) {
			t.Errorf("the manual does not explain %s", code)
		}
	}
}

func TestManual_namesEveryKeyOfTheContext(t *testing.T) {
	section := manual(t, "The context")
	raw := (&abi.Context{}).AppendJSON(nil)
	for _, key := range regexp.MustCompile(`"(\w+)":`).FindAllSubmatch(raw, -1) {
		if !strings.Contains(section, "\t"+string(key[1])+" ") {
			t.Errorf("the manual does not explain %s", key[1])
		}
	}
}
