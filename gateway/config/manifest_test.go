package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/route"
)

func TestReadManifest_cases(t *testing.T) {
	cases(t, "manifest", func(t *testing.T, file string, text []byte) {
		m, err := ReadManifest(text, flavours())
		if err != nil {
			checkComplaints(t, err, fault.BadManifest, text)
			golden(t, file, err.Error()+"\n")
			return
		}
		golden(t, file, describe(m))
	})
}

func TestReadManifest_refusesALargeFile(t *testing.T) {
	text := []byte(strings.Repeat("#", MaxText+1))
	_, err := ReadManifest(text, flavours())
	checkComplaints(t, err, fault.BadManifest, text)
}

// The parser of TOML would end the process with a stack overflow.
func TestReadManifest_refusesDeepNesting(t *testing.T) {
	for name, text := range map[string]string{
		"arrays":      "a = " + strings.Repeat("[", MaxText-8),
		"array lines": "a = " + strings.Repeat("[ # ]\n", MaxText/8),
		"tables":      "a = " + strings.Repeat("{a=", MaxText/4),
		"strings":     "a = [\"]\", '''\n]]]''', " + strings.Repeat("[", 1<<20),
		"dotted keys": strings.Repeat("a.", MaxText/4) + "a = 1",
		"headers":     "[" + strings.Repeat("a.", MaxText/4) + "a]",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadManifest([]byte(text), flavours())
			if err == nil || !strings.Contains(err.Error(), "levels") {
				t.Errorf("err = %.200v, want a complaint about levels", err)
			}
		})
	}
}

func TestReadManifest_tellsAHundredComplaints(t *testing.T) {
	var b strings.Builder
	b.WriteString("[app]\nname = \"a\"\n[[function]]\nname = \"f\"\nmodule = \"f.wasm\"\n")
	for i := range 150 {
		fmt.Fprintf(&b, "key%d = 1\n", i)
	}
	_, err := ReadManifest([]byte(b.String()), flavours())
	if err == nil {
		t.Fatal("err = nil")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 101 || lines[100] != "postern.toml: 50 more complaints" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

// What the reader takes, the table takes.
func TestReadManifest_leavesNoConflictWithinAnApp(t *testing.T) {
	cases(t, "manifest", func(t *testing.T, _ string, text []byte) {
		if m, err := ReadManifest(text, flavours()); err == nil {
			checkTable(t, m)
		}
	})
}

func checkTable(t *testing.T, m *Manifest) {
	t.Helper()
	app := route.App[string]{Name: m.App.Name, Hosts: m.App.Hosts, Prefix: m.App.Prefix}
	for _, r := range m.Routes {
		app.Rules = append(app.Rules, route.Rule[string]{Pattern: r.Pattern, Methods: r.Methods, Target: r.Function})
	}
	if _, err := route.New([]route.App[string]{app}); err != nil {
		t.Errorf("the table refuses what was read: %v", err)
	}
}

func TestFunction_moduleFile(t *testing.T) {
	for _, c := range []struct {
		name string
		f    Function
		want string
	}{
		{"module", Function{Name: "a", Module: "build/b.wasm"}, "build/b.wasm"},
		{"source", Function{Name: "a", Source: "."}, "a.wasm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.f.ModuleFile(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzReadManifest(f *testing.F) {
	seed(f, "manifest")
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ReadManifest(text, flavours())
		if err != nil {
			checkComplaints(t, err, fault.BadManifest, text)
			return
		}
		checkTable(t, m)
		for _, r := range m.Routes {
			if m.FindFunction(r.Function) == nil || r.Attempts < 1 || r.Patience <= 0 {
				t.Errorf("route %+v is not whole", r)
			}
		}
		for _, fn := range m.Functions {
			if fn.ModuleFile() == "" || fn.Memory < minMemory || fn.Isolation == "" || fn.RunLimit <= 0 {
				t.Errorf("function %+v is not whole", fn)
			}
		}
	})
}

func BenchmarkReadManifest(b *testing.B) {
	for _, n := range []int{1, 1000} {
		var text strings.Builder
		text.WriteString("[app]\nname = \"a\"\n[[function]]\nname = \"f\"\nmodule = \"f.wasm\"\n")
		for i := range n {
			fmt.Fprintf(&text, "[[route]]\npath = \"/things%d/{id}\"\nmethod = \"GET\"\nfunction = \"f\"\n", i)
		}
		b.Run(fmt.Sprintf("routes=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ReadManifest([]byte(text.String()), flavours()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
