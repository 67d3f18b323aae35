package functions

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestApp_writesEveryFunctionAndRoute(t *testing.T) {
	dir := t.TempDir()
	module := filepath.Join(dir, "m.wasm")
	if err := os.WriteFile(module, []byte("module"), 0o600); err != nil {
		t.Fatal(err)
	}
	app := App{Name: "bench3", Prefix: "/bench3", Functions: 2, Routes: 5, Slots: 8, Backlog: 9}
	if err := app.Write(filepath.Join(dir, "app"), module); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "app", "postern.toml"))
	if err != nil {
		t.Fatal(err)
	}
	manifest := string(text)
	for part, count := range map[string]int{
		"[[function]]\n": 2, "[[route]]\n": 6, "integrated = true\n": 6, "concurrency = 8\n": 2, "backlog = 9\n": 2,
		"path = \"/r/4\"\nfunction = \"f0\"\n": 1, "path = \"/r/3\"\nfunction = \"f1\"\n": 1,
		"name = \"bench3\"\n": 1, "prefix = \"/bench3\"\n": 1, "path = \"/\"\n": 1,
	} {
		if got := strings.Count(manifest, part); got != count {
			t.Errorf("%q is there %d times, want %d", part, got, count)
		}
	}
	if got, err := os.ReadFile(filepath.Join(dir, "app", moduleFile)); err != nil || string(got) != "module" {
		t.Errorf("module = %q, %v", got, err)
	}
	if strings.Contains(App{Name: "a", Functions: 1}.manifest(), "prefix") {
		t.Error("an app without a prefix has one")
	}
}
