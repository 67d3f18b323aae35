package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/postern-dev/postern/gateway"
	"github.com/postern-dev/postern/gateway/config"
	"github.com/postern-dev/postern/gateway/deploy"
)

// sdkPackage is what every package of the Go SDK that handles events imports;
// a plain command does not.
const sdkPackage = "github.com/postern-dev/postern/sdk/go/lite"

// builtApp is an app whose modules all exist.
type builtApp struct {
	manifest *config.Manifest
	files    map[string]string // name in the bundle -> file on disk
}

// buildApp reads the manifest in dir and builds the modules that have a source,
// into out. What a compiler says of a mistake is in the error.
func buildApp(ctx context.Context, dir, out string) (*builtApp, error) {
	path := filepath.Join(dir, deploy.ManifestFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s has no %s; `postern new NAME` makes an app", dir, deploy.ManifestFile)
	}
	if err != nil {
		return nil, err
	}
	manifest, err := config.ReadManifest(text, deploy.Defaults(gateway.Flavours()))
	if err != nil {
		return nil, err
	}
	app := &builtApp{manifest: manifest, files: map[string]string{deploy.ManifestFile: path}}
	for i := range manifest.Functions {
		f := &manifest.Functions[i]
		file := filepath.Join(dir, filepath.FromSlash(f.ModuleFile()))
		if f.Source != "" {
			file = filepath.Join(out, f.ModuleFile())
			if err := buildGo(ctx, filepath.Join(dir, filepath.FromSlash(f.Source)), file); err != nil {
				return nil, fmt.Errorf("build function %s: %w", f.Name, err)
			}
		}
		app.files[f.ModuleFile()] = file
	}
	return app, nil
}

// buildGo compiles the package in dir: to a module with the exports of the ABI
// when it uses the SDK or exports them itself, to a WASI command otherwise.
func buildGo(ctx context.Context, dir, file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	reactor, err := isReactor(ctx, dir)
	if err != nil {
		return err
	}
	args := []string{"build", "-trimpath", "-ldflags=-s -w", "-o", file}
	if reactor {
		args = append(args, "-buildmode=c-shared")
	}
	_, err = goTool(ctx, dir, append(args, ".")...)
	return err
}

func isReactor(ctx context.Context, dir string) (bool, error) {
	out, err := goTool(ctx, dir, "list", "-deps", "-f", "{{.ImportPath}}", ".")
	if err != nil {
		return false, err
	}
	if slices.Contains(strings.Fields(string(out)), sdkPackage) {
		return true, nil
	}
	sources, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return false, err
	}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			return false, err
		}
		if bytes.Contains(text, []byte("//go:wasmexport postern_handle")) {
			return true, nil
		}
	}
	return false, nil
}

// goTool runs the go command for WebAssembly in dir and returns what it
// printed.
func goTool(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	switch {
	case err == nil:
		return out, nil
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("the go command is not on the PATH; a function with language = \"go\" needs Go 1.24 or newer")
	case complaint.Len() > 0:
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, bytes.TrimSpace(complaint.Bytes()))
	}
	return nil, fmt.Errorf("go %s: %w", args[0], err)
}
