package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestNew_makesAnAppThatRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a function in Go")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not on the PATH")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	term := newTerminal(t)
	code, out, say := term.run("", "new", "greeter")
	if code != 0 || !strings.Contains(out, "go get github.com/postern-dev/postern/sdk/go") {
		t.Fatalf("exit %d, %q, %q", code, out, say)
	}
	fetch(t, term, root)

	for _, verb := range []string{"build greeter", "deploy greeter"} {
		if code, _, say := term.run("", strings.Fields(verb)...); code != 0 {
			t.Fatalf("%s: exit %d, %s", verb, code, say)
		}
	}
	if a := get(t, term.node, "/greet/ann"); a.status != 200 || a.body != "{\"greeting\":\"Hello, ann!\"}\n" {
		t.Errorf("got %d %q", a.status, a.body)
	}
	if a := get(t, term.node, "/"); a.status != 200 || !strings.Contains(a.body, "greeter is here") {
		t.Errorf("got %d %q", a.status, a.body)
	}
	if _, out, _ := term.run("", "logs", "--function", "greeter"); !strings.Contains(out, "Hello, ann!") {
		t.Errorf("logs = %q", out)
	}
	left, err := os.ReadDir(filepath.Join("greeter", outDir))
	if err != nil || len(left) != 2 {
		t.Errorf("%s has %v (%v), want .gitignore and the module", outDir, left, err)
	}
}

func TestNew_leavesFoldersWithSomethingAlone(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll(filepath.Join("greeter", "something"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := (&scaffold{Name: "greeter", language: "go"}).write("greeter"); err == nil || !strings.Contains(err.Error(), "something") {
		t.Errorf("err = %v", err)
	}
}

func TestNew_needsNoModuleInsideOne(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("go.mod", []byte("module example.com/mine\n\nrequire github.com/postern-dev/postern v1.0.0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := scaffold{Name: "greeter", language: "go"}
	if err := s.write("greeter"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join("greeter", "go.mod")); err == nil || s.Fetch {
		t.Errorf("made a module inside a module (%v), fetch = %v", err, s.Fetch)
	}
}

func TestBuild_showsWhatTheCompilerSays(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not on the PATH")
	}
	t.Chdir(t.TempDir())
	term := &terminal{t: t}
	term.write("postern.toml", []byte("[app]\nname = \"broken\"\n\n[[function]]\nname = \"f\"\nsource = \".\"\nlanguage = \"go\"\n\n[[route]]\npath = \"/\"\nfunction = \"f\"\n"))
	term.write("go.mod", []byte("module broken\n\ngo 1.26\n"))
	term.write("main.go", []byte("package main\n\nfunc main() { oops() }\n"))
	code, _, say := term.run("", "build")
	if code != exitFailure || !strings.Contains(say, "build function f") || !strings.Contains(say, "undefined: oops") {
		t.Errorf("exit %d, %q", code, say)
	}
}

// fetch does what `go get` would, from this tree: the new module requires what
// the tree's module requires, and the tree itself.
func fetch(t *testing.T, term *terminal, root string) {
	t.Helper()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "go.mod" {
			text = bytes.Replace(text, []byte("module "+modulePath), []byte("module greeter"), 1)
			text = append(text, "\nrequire "+modulePath+" v0.0.0\n\nreplace "+modulePath+" => "+root+"\n"...)
		}
		term.write(filepath.Join("greeter", name), text)
	}
}
