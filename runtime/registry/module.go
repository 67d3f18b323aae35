package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/postern-dev/postern/abi/fault"
)

// Module is a stored module.
type Module struct {
	Digest string // sha256 of its bytes, 64 hex digits
	Bytes  int64
}

// incoming begins the names of files that are not whole yet.
const incoming = "incoming-"

// StoreModule reads src to its end and keeps the bytes under their digest. It
// takes at most maxBytes. When it returns nil the module is on the disk to
// stay; when it fails nothing of it is left. A module that is stored already is
// stored again, which repairs a damaged file and begins the sweep's grace anew.
func (r *Registry) StoreModule(ctx context.Context, src io.Reader, maxBytes int64) (Module, error) {
	f, err := r.files.CreateTemp(r.modules, incoming+"*")
	if err != nil {
		return Module{}, diskFault(err, "create a module file")
	}
	m, err := receive(ctx, f, src, maxBytes)
	if err == nil {
		err = r.publish(f.Name(), m.Digest)
	}
	if err != nil {
		// A file that can't be removed either is removed at the next start.
		_ = r.files.Remove(f.Name())
		return Module{}, err
	}
	if err := r.files.SyncDir(r.modules); err != nil {
		return Module{}, diskFault(err, "sync the folder of module %s", m.Digest)
	}
	return m, nil
}

// receive copies src to f, syncs it and closes it.
func receive(ctx context.Context, f file, src io.Reader, maxBytes int64) (m Module, err error) {
	defer func() {
		if closeErr := f.Close(); closeErr != nil && err == nil {
			err = diskFault(closeErr, "close module file")
		}
	}()
	h := sha256.New()
	buffer := make([]byte, 128<<10)
	for {
		if err := ctx.Err(); err != nil {
			return Module{}, fmt.Errorf("store module: %w", err)
		}
		n, readErr := src.Read(buffer)
		m.Bytes += int64(n)
		if m.Bytes > maxBytes {
			return Module{}, fault.New(fault.ModuleTooLarge, "the module is larger than %d bytes", maxBytes).
				WithHint("build it smaller (strip names and debug sections), or raise the server's module limit")
		}
		if n > 0 {
			h.Write(buffer[:n])
			if _, err := f.Write(buffer[:n]); err != nil {
				return Module{}, diskFault(err, "write module file")
			}
		}
		if errors.Is(readErr, io.EOF) {
			break
		}
		if readErr != nil {
			return Module{}, fmt.Errorf("read module: %w", readErr)
		}
	}
	if err := f.Sync(); err != nil {
		return Module{}, diskFault(err, "sync module file")
	}
	m.Digest = hex.EncodeToString(h.Sum(nil))
	return m, nil
}

// publish gives a whole file the name under which modules are found.
func (r *Registry) publish(name, digest string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.files.Rename(name, r.path(digest)); err != nil {
		return diskFault(err, "name module %s", digest)
	}
	return nil
}

// ReadModule returns the bytes of a stored module, which belong to the caller.
// It proves that they are the ones that were stored: a damaged file is an
// Internal fault that says so.
func (r *Registry) ReadModule(ctx context.Context, digest string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read module %s: %w", digest, err)
	}
	if !isDigest(digest) {
		return nil, fault.New(fault.NotFound, "no module %q", digest)
	}
	body, err := r.readFile(r.path(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.NotFound, err, "no module %s", digest)
	}
	if err != nil {
		return nil, fmt.Errorf("read module %s: %w", digest, err)
	}
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != digest {
		return nil, fault.New(fault.Internal, "module %s is damaged on the disk", digest).
			WithHint("deploy the app again, which stores its modules anew; then check the disk")
	}
	return body, nil
}

func (r *Registry) readFile(name string) ([]byte, error) {
	f, err := r.files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // nothing was written
	var body bytes.Buffer
	if info, err := r.files.Stat(name); err == nil {
		body.Grow(int(info.Size()) + bytes.MinRead)
	}
	if _, err := body.ReadFrom(f); err != nil {
		return nil, err
	}
	return body.Bytes(), nil
}

// hasModules refuses a version unless each of its modules is stored.
func (r *Registry) hasModules(modules map[string]string) error {
	for function, digest := range modules {
		_, err := r.files.Stat(r.path(digest))
		if errors.Is(err, fs.ErrNotExist) {
			return noModule(function, digest)
		}
		if err != nil {
			return fmt.Errorf("find module %s: %w", digest, err)
		}
	}
	return nil
}

// removeIncoming removes what a crash left of modules on their way in.
func (r *Registry) removeIncoming() error {
	entries, err := r.files.ReadDir(r.modules)
	if err != nil {
		return diskFault(err, "list module files")
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), incoming) {
			continue
		}
		if err := r.files.Remove(filepath.Join(r.modules, e.Name())); err != nil {
			return diskFault(err, "remove a module file that was never whole")
		}
	}
	return nil
}

func (r *Registry) path(digest string) string { return filepath.Join(r.modules, digest) }
