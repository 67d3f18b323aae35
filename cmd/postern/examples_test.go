package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/postern-dev/postern/examples/exampletest"
)

func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("builds functions in Go")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not on the PATH")
	}
	root := filepath.Join("..", "..", "examples")
	folders, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, d := range folders {
		dir := filepath.Join(root, d.Name())
		if _, err := os.Stat(filepath.Join(dir, "postern.toml")); err != nil {
			continue
		}
		tried++
		t.Run(d.Name(), func(t *testing.T) { tryExample(t, dir) })
	}
	if tried < 8 {
		t.Errorf("tried %d examples", tried)
	}
}

func tryExample(t *testing.T, dir string) {
	n := startTestNode(t, nil)
	s := &devSession{node: n, dir: dir, out: t.TempDir(), say: t.Output()}
	if _, err := s.deploy(t.Context()); err != nil {
		t.Fatal(err)
	}
	exampletest.Run(t, "http://"+n.gatewayAddr, dir)
}
