package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/postern-dev/postern/abi/fault"
)

// packApp writes the files of an app, by their names in the bundle, to a zip
// archive in dir. The same files give the same archive.
func packApp(files map[string]string, dir string) (archive string, err error) {
	archive = filepath.Join(dir, "bundle.zip")
	file, err := os.Create(archive)
	if err != nil {
		return "", fmt.Errorf("make archive: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := zip.NewWriter(file)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := packFile(w, name, files[name]); err != nil {
			return "", fmt.Errorf("pack %s: %w", name, err)
		}
	}
	return archive, w.Close()
}

func packFile(w *zip.Writer, name, path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.BadBundle, err, "the module %s is not there", name).
			WithHint("the manifest names it; build it first, or give the function a source and a language")
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // read only
	entry, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	_, err = io.Copy(entry, file)
	return err
}
