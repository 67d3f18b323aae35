package target

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBuild_buildsWhatTheCommitHad commits a program, changes it, and builds the
// commit.
func TestBuild_buildsWhatTheCommitHad(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a program")
	}
	for _, tool := range []string{"git", "go"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	repo := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(repo, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.test/p\n\ngo 1.24\n")
	write("cmd/postern/main.go", "package main\n\nfunc main() { println(\"before\") }\n")
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "."},
		{"-c", "user.name=a", "-c", "user.email=a@example.test", "commit", "-q", "-m", "before"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Dir = repo
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	write("cmd/postern/main.go", "package main\n\nfunc main() { println(\"after\") }\n")
	program, err := Build(t.Context(), repo, "HEAD", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program).CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "before" {
		t.Errorf("the program says %q, %v", out, err)
	}
	if _, err := Build(t.Context(), repo, "nowhere", t.TempDir()); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("err = %v, want one that names the commit", err)
	}
}
