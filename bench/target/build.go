package target

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// Build builds this program as a commit of the repository in repo has it, and
// returns the file, which lies in a folder of its own below dir.
func Build(ctx context.Context, repo, commit, dir string) (string, error) {
	source, err := os.MkdirTemp(dir, "source-*")
	if err != nil {
		return "", err
	}
	if err := checkOut(ctx, repo, commit, source); err != nil {
		return "", fmt.Errorf("check out %s: %w", commit, err)
	}
	program := filepath.Join(source, "postern.built")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", program, "./cmd/postern")
	cmd.Dir, cmd.Env = source, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", commit, err, bytes.TrimSpace(out))
	}
	return program, nil
}

// checkOut writes the files of a commit below dir, and leaves the repository as
// it is.
func checkOut(ctx context.Context, repo, commit, dir string) error {
	cmd := exec.CommandContext(ctx, "git", "archive", "--format=tar", commit)
	cmd.Dir = repo
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	unpacking := unpack(out, dir)
	if unpacking != nil {
		_, _ = io.Copy(io.Discard, out) // so that git ends
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(complaint.Bytes()))
	}
	return unpacking
}

// unpack writes the files of an archive below dir, and none anywhere else.
func unpack(archive io.Reader, dir string) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for in := tar.NewReader(archive); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeDir:
			if err := root.MkdirAll(filepath.Clean(h.Name), 0o755); err != nil {
				return err
			}
		case tar.TypeReg:
			if err := unpackFile(root, filepath.Clean(h.Name), fs.FileMode(h.Mode&0o777), in); err != nil {
				return err
			}
		}
	}
}

func unpackFile(root *os.Root, name string, mode fs.FileMode, text io.Reader) error {
	file, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, text); err != nil {
		_ = file.Close() // the first error counts
		return err
	}
	return file.Close()
}
