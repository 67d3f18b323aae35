package jsontext

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

var texts = []string{
	``, ` `, `null`, `true`, `false`, `tru`, `nul`, `0`, `-0`, `01`, `-`, `1.`, `1.5`, `.5`, `1e5`, `1e`, `1E+5`, `1e-`, `"`, `""`, `"a`,
	`"a\"b"`, `"\u00e9"`, `"\u00g9"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\ude00\ud83d"`, `"\x"`, "\"\n\"", "\"\xff\"", `[]`, `[1`, `[1,]`, `[,1]`, `[1 2]`, `{}`,
	`{"a"}`, `{"a":1}`, `{"a":1,}`, `{"a" : [1, {"b":null} ] , "c":"d"}`, `{a:1}`, `{"a":1}x`, `[}`, `{]`, `[[]]]`, ` [ ] `,
	`{"a\u0062":"\/\b\f\n\r\t\\"}`, `"long enough to need more than one word of eight bytes \" and on"`,
}

func TestValid_agreesWithTheStandardLibrary(t *testing.T) {
	for _, s := range texts {
		if got, want := Valid([]byte(s)), json.Valid([]byte(s)); got != want {
			t.Errorf("Valid(%q) = %v, want %v", s, got, want)
		}
	}
}

func TestValid_limitsDepth(t *testing.T) {
	deep := strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)
	if !Valid([]byte(deep)) {
		t.Errorf("%d levels are not valid", MaxDepth)
	}
	if Valid([]byte("[" + deep + "]")) {
		t.Errorf("%d levels are valid", MaxDepth+1)
	}
}

func TestScanner_walksOverAnObject(t *testing.T) {
	s := NewScanner([]byte(` { "a" : 1 , "b\n" : [ "x" , true ] , "c" : { "d" : null } } `))
	var got []string
	if !s.Open() {
		t.Fatal("no object")
	}
	for s.More() {
		key, _ := s.Key().Text(nil)
		if string(key) == "b\n" {
			s.Open()
			for s.More() {
				got = append(got, "b["+string(s.Value().Raw)+"]")
			}
			continue
		}
		got = append(got, string(key)+"="+string(s.Value().Raw))
	}
	if want := `a=1 b["x"] b[true] c={ "d" : null }`; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !s.End() {
		t.Error("End() = false")
	}
}

func TestScanner_endsWhateverIsCalled(t *testing.T) {
	for _, text := range texts {
		s := NewScanner([]byte(text))
		s.Open()
		for s.More() {
			s.Key()
			s.Open()
			s.Value()
		}
		s.More()
		s.End()
	}
}

func TestValue_isComparedDecoded(t *testing.T) {
	s := NewScanner([]byte(`"\u0073tatus"`))
	if v := s.Value(); !v.Is("status") || v.Is("status2") {
		t.Errorf("%s is not compared decoded", v.Raw)
	}
}

func TestValue_intTakesIntegersOnly(t *testing.T) {
	for text, want := range map[string]int{`200`: 200, `-1`: -1, `0`: 0, `200.0`: -99, `2e2`: -99, `"200"`: -99, `1234567890`: -99, `null`: -99} {
		s := NewScanner([]byte(text))
		got, ok := s.Value().Int()
		if !ok {
			got = -99
		}
		if got != want {
			t.Errorf("Int(%s) = %d, want %d", text, got, want)
		}
	}
}

func FuzzScanner(f *testing.F) {
	for _, s := range texts {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want := json.Valid(data)
		if got := Valid(data); got != want && bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) <= MaxDepth {
			t.Fatalf("Valid(%q) = %v, want %v", data, got, want)
		}
		s := NewScanner(data)
		v := s.Value()
		if !s.End() || v.Kind != String {
			return
		}
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			t.Fatal(err)
		}
		got, _ := v.Text(nil)
		if replaced := replaceInvalid(got); replaced != text {
			t.Fatalf("Text(%q) = %q, want %q", data, replaced, text)
		}
		if utf8.Valid(got) && !v.Is(text) {
			t.Fatalf("%q is not %q", data, text)
		}
	})
}

// replaceInvalid puts U+FFFD for each byte that is not part of valid UTF-8.
func replaceInvalid(b []byte) string {
	var out strings.Builder
	for _, r := range string(b) {
		out.WriteRune(r)
	}
	return out.String()
}

func BenchmarkValid(b *testing.B) {
	data := []byte(`{"isBase64Encoded":false,"statusCode":200,"headers":{"Content-Type":"text/html"},"body":"hello world"}`)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if !Valid(data) {
			b.Fatal("not valid")
		}
	}
}
