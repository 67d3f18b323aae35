package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestSize_isForAPerson(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB", 64 << 20: "64 MiB", 1<<40 + 1<<39: "1.5 TiB"} {
		if got := size(bytes); got != want {
			t.Errorf("%d = %q, want %q", bytes, got, want)
		}
	}
}

func TestPrintable_keepsText(t *testing.T) {
	for text, want := range map[string]string{"grüße\t1": "grüße\t1", "a\x1b[0mb": "a�[0mb", "a\r\nb": "a��b", "\u009b1m": "�1m", "\x7f": "�"} {
		if got := printable(text); got != want {
			t.Errorf("%q = %q, want %q", text, got, want)
		}
	}
}

func TestPackApp_makesTheSameArchiveAgain(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{}
	for _, name := range []string{"postern.toml", "b.wasm", "a/c.wasm"} {
		path := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
		files[name] = path
	}
	var archives [2][]byte
	for i := range archives {
		path, err := packApp(files, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if archives[i], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Error("the same files give different archives")
	}
	files["none.wasm"] = filepath.Join(dir, "none.wasm")
	if _, err := packApp(files, dir); err == nil || describe(err) != "the module none.wasm is not there (bad_bundle)\n  hint: the manifest names it; build it first, or give the function a source and a language" {
		t.Errorf("err = %v", err)
	}
}
