package functions

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// moduleFile is the one module of an app; all its functions share it.
const moduleFile = "function.wasm"

// App is an app to be generated. Its routes lead to its functions in turn; the
// path of each is /r/ and its number, and "/" leads to the first function.
type App struct {
	Name      string
	Prefix    string // "" for none
	Functions int
	Routes    int
	Slots     int // of each function
	Backlog   int // of each function
}

// Write writes the app into a folder of its own, with a copy of the module.
func (a App) Write(dir, module string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := copyFile(filepath.Join(dir, moduleFile), module); err != nil {
		return fmt.Errorf("copy module: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, "postern.toml"), []byte(a.manifest()), 0o644)
}

func (a App) manifest() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[app]\nname = %q\n", a.Name)
	if a.Prefix != "" {
		fmt.Fprintf(&b, "prefix = %q\n", a.Prefix)
	}
	for i := range a.Functions {
		fmt.Fprintf(&b, "\n[[function]]\nname = \"f%d\"\nmodule = %q\nconcurrency = %d\nbacklog = %d\n", i, moduleFile, a.Slots, a.Backlog)
	}
	b.WriteString("\n[[route]]\npath = \"/\"\nfunction = \"f0\"\nintegrated = true\n")
	for i := range a.Routes {
		fmt.Fprintf(&b, "\n[[route]]\npath = \"/r/%d\"\nfunction = \"f%d\"\nintegrated = true\n", i, i%a.Functions)
	}
	return b.String()
}

func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // read only
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close() // the first error counts
		return err
	}
	return out.Close()
}
