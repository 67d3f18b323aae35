package wire

import "testing"

func TestAppendUnescaped_decodes(t *testing.T) {
	for part, want := range map[string]string{
		"":            `""`,
		"a":           `"a"`,
		"a+b":         `"a b"`,
		"%41%4a%4A":   `"AJJ"`,
		"%":           `"%"`,
		"%4":          `"%4"`,
		"%4g%g4":      `"%4g%g4"`,
		"%%41":        `"%A"`,
		"%22%5c%0A":   `"\"\\\n"`,
		"%ff":         "\"\uFFFD\"",
		"%e4%bd%a0":   `"你"`,
		"%2541%2B%26": `"%41+&"`,
	} {
		if got := AppendUnescaped([]byte("x"), []byte(part)); string(got) != "x"+want {
			t.Errorf("%q is %s, want %s", part, got[1:], want)
		}
	}
}
