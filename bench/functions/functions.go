// Package functions holds small functions for measuring and makes apps of them,
// of any size. It is not an example of how to write functions: they speak the
// ABI with nothing in between.
package functions

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed c/abi.h c/hello.c c/echo.c
var sources embed.FS

// Kind names a function.
type Kind string

// The functions there are.
const (
	Hello Kind = "hello" // answers "hello world"
	Echo  Kind = "echo"  // answers with the body of the request
)

// ErrNoCompiler is wrapped by errors that say that no C compiler for
// WebAssembly is here.
var ErrNoCompiler = errors.New("no clang for WebAssembly")

// compilers are the names of clang, the preferred one first.
var compilers = []string{"clang-19", "clang"}

// roomForBodies gives a module the memory for the largest event and its reply
// from the start: memory that grows during a call is given back after it.
const roomForBodies = "-Wl,--initial-memory=16777216"

// flags make a module that has the exports of the ABI and nothing else.
var flags = []string{
	"--target=wasm32-wasi", "-O2", "-mexec-model=reactor", "-mbulk-memory", "-msimd128", "-nostdlib",
	"-Wl,--no-entry", "-Wl,--strip-all",
}

// Compile compiles a function into the file module.
func Compile(ctx context.Context, kind Kind, module string) (err error) {
	if kind != Hello && kind != Echo {
		return fmt.Errorf("there is no function %q", kind)
	}
	compiler, err := findCompiler()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "postern-bench-c-*")
	if err != nil {
		return fmt.Errorf("make a folder for the source: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	source := string(kind) + ".c"
	for _, name := range []string{"abi.h", source} {
		text, err := sources.ReadFile("c/" + name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	args := append(slices.Clone(flags), "-o", module, filepath.Join(dir, source))
	if kind == Echo {
		args = append(args, roomForBodies)
	}
	if out, err := exec.CommandContext(ctx, compiler, args...).CombinedOutput(); err != nil {
		if bytes.Contains(out, []byte("No available targets are compatible")) || bytes.Contains(out, []byte("wasm-ld")) {
			return fmt.Errorf("%w: %s", ErrNoCompiler, bytes.TrimSpace(out))
		}
		return fmt.Errorf("compile %s: %w\n%s", source, err, bytes.TrimSpace(out))
	}
	return nil
}

func findCompiler() (string, error) {
	for _, name := range compilers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: neither of %s is on the PATH", ErrNoCompiler, strings.Join(compilers, ", "))
}
