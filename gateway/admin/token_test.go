package admin

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
)

func TestOpenToken_makesOneSecretAndKeepsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "admin-token")
	first, err := OpenToken(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(first) < 43 {
		t.Errorf("token %q is short", first)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 && goruntime.GOOS != "windows" {
		t.Errorf("mode = %o, want 600", mode)
	}
	second, err := OpenToken(path)
	if err != nil || second != first {
		t.Errorf("the second start has %q (%v), want %q", second, err, first)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("the folder has %v (%v), want the token only", left, err)
	}
	other, err := OpenToken(filepath.Join(t.TempDir(), "admin-token"))
	if err != nil || other == first {
		t.Errorf("another server has the same token (%v)", err)
	}
}

func TestOpenToken_refusesWhatIsNoSecret(t *testing.T) {
	for name, row := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"readable by others": {strings.Repeat("x", 40), 0o644, "chmod 600"},
		"readable by group":  {strings.Repeat("x", 40), 0o640, "chmod 600"},
		"empty":              {"", 0o600, "shorter"},
		"short":              {"secret", 0o600, "shorter"},
		"two words":          {strings.Repeat("x", 40) + " y", 0o600, "one word"},
		"large":              {strings.Repeat("x", 9000), 0o600, "one word"},
		"not text":           {strings.Repeat("\xff", 40), 0o600, "one word"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "admin-token")
			if err := os.WriteFile(path, []byte(row.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, row.mode); err != nil {
				t.Fatal(err)
			}
			if _, err := OpenToken(path); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("err = %v, want one with %q", err, row.want)
			}
		})
	}
}

func TestReadToken_makesNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "admin-token")
	if _, err := ReadToken(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("err = %v, want %v", err, fs.ErrNotExist)
	}
}
