package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// vagueFiles are names that say nothing of what a file holds.
var vagueFiles = regexp.MustCompile(`^(util|utils|helpers|types|misc|common|[a-z]+2)\.go$`)

func TestStyle_filesAndPackages(t *testing.T) {
	documented := map[string]bool{}
	packages := map[string]bool{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git" || d.Name() == ".postern") {
			return filepath.SkipDir
		}
		if filepath.Ext(file) != ".go" {
			return nil
		}
		checkFile(t, file, documented, packages)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 20 {
		t.Fatalf("read %d packages", len(packages))
	}
	for dir := range packages {
		if !documented[dir] {
			t.Errorf("package %s has no package comment", dir)
		}
	}
}

func checkFile(t *testing.T, file string, documented, packages map[string]bool) {
	t.Helper()
	if vagueFiles.MatchString(filepath.Base(file)) {
		t.Errorf("%s: the name says nothing of what is in it", file)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Error(err)
		return
	}
	dir := filepath.Dir(file)
	if parsed.Doc != nil {
		documented[dir] = true
	}
	if strings.HasSuffix(file, "_test.go") {
		return
	}
	packages[dir] = true
	for _, decl := range parsed.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.Name == "init" && d.Recv == nil && !strings.Contains(file, "examples") {
				t.Errorf("%s: init runs behind the reader's back", file)
			}
			if d.Name.IsExported() && exportedReceiver(d) && d.Doc == nil {
				t.Errorf("%s: %s has no comment", file, d.Name.Name)
			}
		case *ast.GenDecl:
			checkTypes(t, file, d)
		}
	}
}

func checkTypes(t *testing.T, file string, d *ast.GenDecl) {
	t.Helper()
	for _, spec := range d.Specs {
		if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
			t.Errorf("%s: type %s has no comment", file, s.Name.Name)
		}
	}
}

// exportedReceiver reports whether f is a function, or a method of a type that
// others can see.
func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	name := f.Recv.List[0].Type
	if star, ok := name.(*ast.StarExpr); ok {
		name = star.X
	}
	if generic, ok := name.(*ast.IndexExpr); ok {
		name = generic.X
	}
	id, ok := name.(*ast.Ident)
	return ok && id.IsExported()
}

// testName finds what SECURITY.md claims to be shown by a test.
var testName = regexp.MustCompile("`(Test[A-Za-z0-9_]+)`")

func TestStyle_testsNamedInSecurityExist(t *testing.T) {
	text, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	names := testName.FindAllStringSubmatch(string(text), -1)
	if len(names) == 0 {
		t.Fatal("SECURITY.md names no test")
	}
	var tests strings.Builder
	err = filepath.WalkDir(filepath.Join("..", ".."), func(file string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(file, "_test.go") {
			var source []byte
			source, err = os.ReadFile(file)
			tests.Write(source)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if !strings.Contains(tests.String(), "func "+n[1]+"(") {
			t.Errorf("SECURITY.md names %s, which is no test", n[1])
		}
	}
}
