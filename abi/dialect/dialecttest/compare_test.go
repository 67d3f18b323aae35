package dialecttest

import (
	"strings"
	"testing"
)

func TestCompare_namesTheDifference(t *testing.T) {
	const got = `{"a": 1.0, "b": {"c": [1, {"d": null}], "e": "x"}, "f~/": true}`
	for _, c := range []struct {
		name    string
		compare func(got, want []byte) error
		want    string
		err     string
	}{
		{"equal", equalJSON, ` {"f~/":true,"b":{"e":"x","c":[1,{"d":null}]},"a":1.0}`, ""},
		{"key too many", equalJSON, `{"a":1.0,"f~/":true}`, "want nothing there"},
		{"key is missing", equalJSON, `{"a":1.0,"b":{"c":[1,{"d":null}],"e":"x","z":1},"f~/":true}`, "/b/z is not there"},
		{"other value", equalJSON, `{"a":2,"b":{"c":[1,{"d":null}],"e":"x"},"f~/":true}`, "/a is 1.0, want 2"},
		{"wanted is not JSON", equalJSON, `{`, "read what is wanted"},
		{"contained", containsJSON, `{"b":{"e":"x"}}`, ""},
		{"contained array is whole", containsJSON, `{"b":{"c":[1]}}`, "/b/c"},
		{"object wanted", containsJSON, `{"a":{}}`, "want an object"},
		{"null is not absence", containsJSON, `{"z":null}`, "/z is not there"},
		{"lacks", lacksJSON, "/z\n/b/z\n/a/b\n", ""},
		{"has", lacksJSON, "/z\n/f~0~1\n", "want nothing there"},
		{"names nothing", lacksJSON, "\n", "names nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.compare([]byte(got), []byte(c.want))
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("err = %v, want %q", err, c.err)
			}
		})
	}
}

func TestCheckJSON_findsWhatParsersForgive(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}`: "",
		`{"a":1,"b":2,"a":3}`:                       `key "a"`,
		`[{"x":{"a":1,"\u0061":2}}]`:                `key "a"`,
		`{"a":1`:                                    "not valid",
		"\"\xff\"":                                  "not UTF-8",
	} {
		if err := CheckJSON([]byte(text)); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: err = %v, want %q", text, err, want)
		}
	}
}
