package config

import (
	"regexp"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

func TestFindLines(t *testing.T) {
	text := strings.Join([]string{
		"top = 1",                           // 1
		"a.b.c = 2 # d = 3",                 // 2
		"[table]",                           // 3
		`  "key.x" = '''`,                   // 4
		"no = 1",                            // 5
		"''' ",                              // 6
		"list = [ 1, [2,",                   // 7
		"  {in = 1, line = [{x = '}'}]} ],", // 8
		"  \"]\\\"\", # ]",                  // 9
		"]",                                 // 10
		"[[many]]",                          // 11
		"k = 1979-05-27 07:32:00",           // 12
		"[many.sub]",                        // 13
		"k = true",                          // 14
		"[[many]]",                          // 15
		`k = ["""a"""", 2]`,                 // 16
		"[[many.sub.deep]]",                 // 17
		"last = 1",                          // 18
	}, "\r\n")
	if _, err := toml.Decode(text, &map[string]any{}); err != nil {
		t.Fatal(err)
	}
	got := findLines(text)
	for key, want := range map[string]int{
		"top": 1, "a": 2, "a.b": 2, "a.b.c": 2, "table": 3, `table."key.x"`: 4, "table.list": 7, "table.list[0]": 7,
		"table.list[1]": 7, "table.list[1][0]": 7, "table.list[1][1]": 8, "table.list[1][1].in": 8,
		"table.list[1][1].line[0].x": 8, "table.list[2]": 9, "many": 11, "many[0]": 11, "many[0].k": 12,
		"many[0].sub": 13, "many[0].sub.k": 14, "many[1]": 15, "many[1].k": 16, "many[1].k[1]": 16, "many[1].sub.deep[0]": 17,
		"many[1].sub.deep[0].last": 18,
	} {
		if got[key] != want {
			t.Errorf("line of %s = %d, want %d", key, got[key], want)
		}
	}
}

// Every key that the parser sees has a line, and none is there for nothing.
func FuzzFindLines(f *testing.F) {
	seed(f, "manifest")
	seed(f, "server")
	index := regexp.MustCompile(`\[\d+\]`)
	f.Fuzz(func(t *testing.T, text []byte) {
		lines := findLines(string(text))
		deep := nestsTooDeep(string(text))
		if deep > 0 || strings.ContainsAny(string(text), "\"'") && strings.Contains(string(text), "\\") {
			return // escapes in keys are spelled in more than one way
		}
		values := map[string]any{}
		md, err := toml.Decode(string(text), &values)
		if err != nil {
			return
		}
		known := map[string]bool{}
		for key := range lines {
			known[index.ReplaceAllString(key, "")] = true
		}
		for _, key := range md.Keys() {
			full := ""
			for _, part := range key {
				full = join(full, part)
			}
			if !known[index.ReplaceAllString(full, "")] {
				t.Errorf("no line for %s", full)
			}
		}
	})
}
