package rewrite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/sys"
)

// corpus finds the modules that wazero brings for its own tests and examples:
// TinyGo, Rust, Zig, C and C++ made them.
func corpus(t *testing.T) []string {
	root := filepath.Join(wazeroDir(t), "..", "..", "..")
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "spectest" {
			return fs.SkipDir // has a test of its own
		}
		if err == nil && filepath.Ext(path) == ".wasm" {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Skipf("wazero's sources have no modules: %v", err)
	}
	return files
}

func TestMeter_changesNothingInRealModules(t *testing.T) {
	for _, path := range corpus(t) {
		t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) {
			wasm, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Meter(wasm)
			if err != nil {
				if compile(t, wasm) == nil {
					t.Fatalf("Meter refuses what wazero takes: %v", err)
				}
				return
			}
			if _, ok := m.Info.Export("_start"); !ok {
				if err := compile(t, m.Wasm); err != nil && compile(t, wasm) == nil {
					t.Errorf("compile: %v", err)
				}
				return
			}
			for _, args := range [][]string{{"guest"}, {"guest", "ls", "."}, {"guest", "/go.mod"}} {
				got := command(t, m.Wasm, args)
				if strings.Contains(got, errStop.Error()) {
					continue // endless, and so it would be without the rewrite
				}
				if want := command(t, wasm, args); got != want {
					t.Errorf("%v: got\n%s\nwant\n%s", args, got, want)
				}
			}
		})
	}
}

func compile(t *testing.T, wasm []byte) error {
	h := newHost(t, wazero.NewRuntimeConfig())
	_, err := h.runtime.CompileModule(context.Background(), wasm)
	return err
}

// command runs a WASI command and tells all that it did. One that spends too
// much is ended: among the modules is an endless loop.
func command(t *testing.T, wasm []byte, args []string) string {
	h := newHost(t, wazero.NewRuntimeConfig())
	h.slice = 1000
	h.stopAt(100_000)
	var out bytes.Buffer
	config := wazero.NewModuleConfig().WithName("").WithArgs(args...).WithStdout(&out).WithStderr(&out).
		WithStdin(strings.NewReader("input")).WithFSConfig(wazero.NewFSConfig().WithReadOnlyDirMount(".", "/"))
	_, err := h.runtime.InstantiateWithConfig(context.Background(), wasm, config)
	var exit *sys.ExitError
	if errors.As(err, &exit) {
		return fmt.Sprintf("%sexit %d", &out, exit.ExitCode())
	}
	return out.String() + outcome(err)
}
