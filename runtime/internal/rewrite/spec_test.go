package rewrite

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// The core specification tests, as wazero carries them, run twice side by
// side: modules as they are, and metered. Both must answer the same. What the
// answer should be is not looked at: that is wazero's concern.

// specScript is a file of commands as wast2json writes it.
type specScript struct {
	Commands []specCommand `json:"commands"`
}

type specCommand struct {
	Type     string `json:"type"`
	Line     int    `json:"line"`
	Name     string `json:"name"`
	Filename string `json:"filename"`
	As       string `json:"as"`
	Action   struct {
		Type   string      `json:"type"`
		Module string      `json:"module"`
		Field  string      `json:"field"`
		Args   []specValue `json:"args"`
	} `json:"action"`
}

type specValue struct {
	Type  string          `json:"type"`
	Lane  string          `json:"lane_type"`
	Value json.RawMessage `json:"value"`
}

// bits gives the value as it lies on wazero's stack.
func (v specValue) bits(t *testing.T) []uint64 {
	t.Helper()
	var one string
	if json.Unmarshal(v.Value, &one) == nil {
		return []uint64{specNumber(t, v.Type, one)}
	}
	var lanes []string
	if err := json.Unmarshal(v.Value, &lanes); err != nil {
		t.Fatalf("value %s: %v", v.Value, err)
	}
	var out [2]uint64
	width := 128 / len(lanes)
	for i, lane := range lanes {
		n := specNumber(t, v.Lane, lane)
		if width < 64 {
			n &= 1<<width - 1
		}
		out[i*width/64] |= n << (i * width % 64)
	}
	return out[:]
}

func specNumber(t *testing.T, typ, s string) uint64 {
	t.Helper()
	switch {
	case s == "null":
		return 0
	case strings.HasPrefix(s, "nan:") && strings.HasSuffix(typ, "32"):
		return uint64(math.Float32bits(float32(math.NaN())))
	case strings.HasPrefix(s, "nan:"):
		return math.Float64bits(math.NaN())
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		if strings.HasSuffix(typ, "32") {
			return uint64(uint32(n))
		}
		return uint64(n)
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("number %q: %v", s, err)
	}
	return n
}

// specRun is one of the two runs.
type specRun struct {
	host    *host
	rewrite func([]byte) ([]byte, error)
	last    api.Module
	named   map[string]api.Module
}

func newSpecRun(t *testing.T, spectest []byte, rewrite func([]byte) ([]byte, error)) *specRun {
	h := newHost(t, wazero.NewRuntimeConfig())
	h.slice = 9 // tick often
	ctx := context.Background()
	if _, err := h.runtime.InstantiateWithConfig(ctx, spectest, wazero.NewModuleConfig()); err != nil {
		t.Fatal(err)
	}
	return &specRun{host: h, rewrite: rewrite, named: map[string]api.Module{}}
}

// do carries out a command and tells what came of it.
func (s *specRun) do(t *testing.T, dir string, c specCommand) string {
	ctx := context.Background()
	switch c.Type {
	case "module", "assert_uninstantiable", "assert_unlinkable", "assert_invalid", "assert_malformed":
		wasm, err := os.ReadFile(filepath.Join(dir, c.Filename))
		if err != nil {
			t.Fatal(err)
		}
		if wasm, err = s.rewrite(wasm); err != nil {
			return "refused: " + err.Error()
		}
		compiled, err := s.host.runtime.CompileModule(ctx, wasm)
		if err != nil {
			return "invalid"
		}
		m, err := s.host.runtime.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName(c.As).WithStartFunctions())
		if c.Type == "module" {
			s.last = m
			if c.Name != "" {
				s.named[c.Name] = m
			}
		}
		return "instance " + outcome(err)
	}
	m := s.module(c.Action.Module)
	if m == nil {
		return "no module"
	}
	if c.Action.Type == "get" {
		g := m.ExportedGlobal(c.Action.Field)
		if g == nil {
			return "no global"
		}
		return fmt.Sprint(g.Get())
	}
	fn := m.ExportedFunction(c.Action.Field)
	if fn == nil {
		return "no function"
	}
	var args []uint64
	for _, a := range c.Action.Args {
		args = append(args, a.bits(t)...)
	}
	got, err := fn.Call(ctx, args...)
	return fmt.Sprint(got, outcome(err))
}

func (s *specRun) module(name string) api.Module {
	if name != "" {
		return s.named[name]
	}
	return s.last
}

// outcome gives the kind of a failure, without the stack trace after it and
// without what a rewrite may change: numbers of functions, limits of tables.
func outcome(err error) string {
	if err == nil {
		return "ok"
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	text = functionNumber.ReplaceAllString(text, "function")
	text, _, _ = strings.Cut(text, "maximum size mismatch")
	return text
}

var functionNumber = regexp.MustCompile(`function\[\d+\]`)

// wazeroDir finds the sources of wazero in the module cache.
func wazeroDir(t testing.TB) string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		t.Skipf("needs wazero's sources in the module cache: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "internal", "integration_test", "spectest")
}

func specScripts(t testing.TB) []string {
	dir := wazeroDir(t)
	var files []string
	for _, group := range []string{"v1", "v2", "tail-call", "extended-const"} {
		found, err := filepath.Glob(filepath.Join(dir, group, "testdata", "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Skipf("wazero's sources at %s have no specification tests", dir)
	}
	return files
}

// TestMeter_passesSpecification runs every script twice and compares.
func TestMeter_passesSpecification(t *testing.T) {
	scripts := specScripts(t)
	spectest, err := os.ReadFile(filepath.Join(wazeroDir(t), "testdata", "spectest.wasm"))
	if err != nil {
		t.Skip(err)
	}
	same := func(b []byte) ([]byte, error) { return b, nil }
	metered := func(b []byte) ([]byte, error) {
		m, err := Meter(b)
		if err != nil {
			return nil, err
		}
		return m.Wasm, nil
	}
	compared, refused := 0, 0
	for _, path := range scripts {
		group := filepath.Base(filepath.Dir(filepath.Dir(path)))
		if testing.Short() && (group == "v1" || strings.HasPrefix(filepath.Base(path), "simd")) {
			continue // most of v1 is in v2 again
		}
		t.Run(group+"/"+strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
			plain, other := newSpecRun(t, spectest, same), newSpecRun(t, spectest, metered)
			for _, c := range readSpec(t, path) {
				got, want := other.do(t, filepath.Dir(path), c), plain.do(t, filepath.Dir(path), c)
				switch {
				case strings.HasPrefix(got, "refused") && want == "invalid":
					refused++
				case got != want:
					t.Errorf("line %d: %s %s: metered %q, plain %q", c.Line, c.Type, c.Action.Field, got, want)
				}
				compared++
			}
		})
	}
	t.Logf("%d commands compared, %d modules refused", compared, refused)
}

// readSpec reads a script; a module that is registered carries its name.
func readSpec(t *testing.T, path string) []specCommand {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var script specScript
	if err := json.Unmarshal(raw, &script); err != nil {
		t.Fatal(err)
	}
	var out []specCommand
	for _, c := range script.Commands {
		switch c.Type {
		case "register":
			if last := len(out) - 1; last >= 0 && out[last].Type == "module" {
				out[last].As = c.As
			}
		case "module", "assert_return", "action", "assert_trap", "assert_exhaustion", "assert_uninstantiable", "assert_unlinkable",
			"assert_invalid", "assert_malformed":
			if filepath.Ext(c.Filename) != ".wat" {
				out = append(out, c)
			}
		}
	}
	return out
}
