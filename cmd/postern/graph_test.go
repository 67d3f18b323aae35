package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const modulePath = "github.com/postern-dev/postern"

// arrow is one row of the table in ARCHITECTURE.md.
type arrow struct {
	packages     []string // patterns, relative to the module
	ours, others []string
}

// goPackage is what go list says of a package.
type goPackage struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func TestGraph_hasOnlyTheArrowsOfArchitecture(t *testing.T) {
	arrows := readArrows(t)
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, modulePath), "/")
		row := findArrow(arrows, name)
		if row == nil {
			t.Errorf("%s has no row in ARCHITECTURE.md", name)
			continue
		}
		for _, imported := range p.Imports {
			if complaint := row.refuses(name, imported); complaint != "" {
				t.Errorf("%s imports %s: %s", name, imported, complaint)
			}
		}
	}
}

func (a *arrow) refuses(name, imported string) string {
	if rest, ok := strings.CutPrefix(imported, modulePath+"/"); ok {
		if matches(a.ours, rest) {
			return ""
		}
		return "ARCHITECTURE.md does not allow it"
	}
	first, _, _ := strings.Cut(imported, "/")
	if !strings.Contains(first, ".") {
		return ""
	}
	for _, allowed := range a.others {
		if imported == allowed || strings.HasPrefix(imported, allowed+"/") {
			return ""
		}
	}
	return "a third party that this package does not own"
}

// matches reports whether name is one of the patterns; "x/..." is x and all
// below it.
func matches(patterns []string, name string) bool {
	for _, p := range patterns {
		if root, ok := strings.CutSuffix(p, "/..."); ok && (name == root || strings.HasPrefix(name, root+"/")) {
			return true
		}
		if ok, _ := path.Match(p, name); ok {
			return true
		}
	}
	return false
}

// findArrow returns the row for a package: an exact one before a pattern.
func findArrow(arrows []arrow, name string) *arrow {
	var found *arrow
	for i := range arrows {
		for _, p := range arrows[i].packages {
			if p == name {
				return &arrows[i]
			}
			if found == nil && matches([]string{p}, name) {
				found = &arrows[i]
			}
		}
	}
	return found
}

func readArrows(t *testing.T) []arrow {
	t.Helper()
	text, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "<!-- arrows")
	table, _, ok2 := strings.Cut(table, "<!-- end of arrows -->")
	if !ok || !ok2 {
		t.Fatal("ARCHITECTURE.md has no table of arrows")
	}
	var arrows []arrow
	for _, line := range strings.Split(table, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.Contains(cells[1], "`") {
			continue
		}
		arrows = append(arrows, arrow{quoted(cells[1]), quoted(cells[2]), quoted(cells[3])})
	}
	if len(arrows) < 10 {
		t.Fatalf("read %d rows of the table of arrows", len(arrows))
	}
	return arrows
}

// quoted returns the words of a cell that stand between backquotes.
func quoted(cell string) []string {
	var words []string
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			words = append(words, part)
		}
	}
	return words
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Standard", modulePath+"/...").Output()
	if err != nil {
		t.Fatal(fmt.Errorf("list packages: %w", err))
	}
	var packages []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
