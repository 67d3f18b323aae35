package runtime

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What tests build of sources in testdata is kept in the user's cache, by the
// digest of all that went into it. A toolchain that is absent skips the test.

// cacheFolder returns a folder outside of the tree.
func cacheFolder(t testing.TB, parts ...string) string {
	t.Helper()
	root, err := os.UserCacheDir()
	if err != nil {
		root = os.TempDir()
	}
	dir := filepath.Join(append([]string{root, "postern-test"}, parts...)...)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// needs skips the test when a tool is absent.
func needs(t testing.TB, tool string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Skipf("%s is not installed", tool)
	}
	return path
}

// buildGo compiles a package for wasip1; the go command has a cache of its own.
func buildGo(t testing.TB, mode, pkg string) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("compiling a Go function takes seconds")
	}
	out := filepath.Join(t.TempDir(), "guest.wasm")
	cmd := exec.Command(needs(t, "go"), "build", "-ldflags=-s -w", "-buildmode="+mode, "-o", out, pkg)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// outFile stands in arguments for the file that a compiler writes.
const outFile = "OUT"

// buildCached runs a compiler, unless it did so before with the same arguments
// and files.
func buildCached(t testing.TB, dir string, files []string, command ...string) []byte {
	t.Helper()
	tool := needs(t, command[0])
	digest := sha256.New()
	fmt.Fprintln(digest, command)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(digest, file, len(text))
		digest.Write(text)
	}
	kept := filepath.Join(cacheFolder(t, "built"), hex.EncodeToString(digest.Sum(nil))+".wasm")
	if wasm, err := os.ReadFile(kept); err == nil {
		return wasm
	}
	fresh := filepath.Join(t.TempDir(), "guest.wasm")
	arguments := slices.Clone(command[1:])
	for i := range arguments {
		arguments[i] = strings.ReplaceAll(arguments[i], outFile, fresh)
	}
	cmd := exec.Command(tool, arguments...)
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("%s cannot build it here: %s", command[0], text)
	}
	wasm, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeWhole(kept, wasm); err != nil {
		t.Fatal(err)
	}
	return wasm
}

// writeWhole writes a file that nobody ever sees half written.
func writeWhole(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "new")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// npmPackage is a package of the npm registry in one version, with the SHA-512
// of its archive.
type npmPackage struct{ name, version, sha512 string }

// fetch unpacks the package into folder to, with the client of the registry.
func (p npmPackage) fetch(t testing.TB, to string) string {
	t.Helper()
	done := filepath.Join(to, ".fetched-"+p.version)
	if _, err := os.Stat(done); err == nil {
		return to
	}
	dir := t.TempDir()
	cmd := exec.Command(needs(t, "npm"), "pack", "--silent", p.name+"@"+p.version)
	cmd.Dir = dir
	if err := cmd.Run(); err != nil {
		t.Skipf("npm cannot fetch %s %s: %v", p.name, p.version, err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(files) != 1 {
		t.Skipf("npm fetched %v for %s %s", files, p.name, p.version)
	}
	archive, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512(archive)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != p.sha512 {
		t.Fatalf("%s %s has the digest %s, want %s", p.name, p.version, got, p.sha512)
	}
	if err := unpack(archive, to); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(done, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return to
}

// unpack writes the files of an npm archive below dir; all are in one folder.
func unpack(archive []byte, dir string) error {
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		_, name, _ := strings.Cut(h.Name, "/")
		if h.Typeflag != tar.TypeReg || !filepath.IsLocal(name) {
			continue
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, fs.FileMode(0o644|h.Mode&0o111)); err != nil {
			return err
		}
	}
}

// below returns absolute paths of files below the corpus.
func below(t testing.TB, names ...string) []string {
	t.Helper()
	paths := slices.Clone(names)
	for i, name := range names {
		path, err := filepath.Abs(filepath.Join("testdata", "corpus", name))
		if err != nil {
			t.Fatal(err)
		}
		paths[i] = path
	}
	return paths
}
