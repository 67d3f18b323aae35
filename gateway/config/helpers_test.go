package config

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/route"
)

var update = flag.Bool("update", false, "rewrite the files that hold what tests want")

// flavours returns two that differ.
func flavours() map[string]Defaults {
	lambda := DefaultFunction()
	lambda.ParsePath, lambda.Payload, lambda.Integrated, lambda.Stage = route.ParseLambda, "2.0", true, "$default"
	return map[string]Defaults{"scf": DefaultFunction(), "lambda": lambda}
}

// golden compares got with the file beside the case, or rewrites that.
func golden(t *testing.T, file, got string) {
	t.Helper()
	file = strings.TrimSuffix(file, ".toml") + ".want"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// cases runs test for each file of a folder.
func cases(t *testing.T, folder string, test func(t *testing.T, file string, text []byte)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.toml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".toml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			test(t, file, text)
		})
	}
}

// seed gives the cases of a folder to a fuzz test.
func seed(f *testing.F, folder string) {
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.toml"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
}

func describe(m *Manifest) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%+v\n", m.App)
	for _, f := range m.Functions {
		fmt.Fprintf(&b, "%+v\n", f)
	}
	for _, r := range m.Routes {
		fmt.Fprintf(&b, "%+v\n", r)
	}
	return b.String()
}

// checkComplaints makes sure that err is what the readers promise.
func checkComplaints(t *testing.T, err error, code fault.Code, text []byte) {
	t.Helper()
	c, ok := errors.AsType[*Complaints](err)
	if !ok || len(c.List) == 0 {
		t.Fatalf("err = %v, want complaints", err)
	}
	if f := fault.Of(err); f.Code != code || f.Message != err.Error() {
		t.Errorf("fault = %v, want %s with the text of the complaints", f, code)
	}
	most := strings.Count(string(text), "\n") + 1
	for i, one := range c.List {
		if one.Line < 1 || one.Line > most || one.Message == "" || i > 0 && one.Line < c.List[i-1].Line {
			t.Errorf("complaint %d is %+v, of %d lines", i, one, most)
		}
	}
}
