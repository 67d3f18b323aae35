// Package registry keeps which apps exist, their versions and the bytes of
// their modules: what must survive the end of the process. It does not read
// manifests, compile modules or know which version answers requests right now.
package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/postern-dev/postern/abi/fault"
)

// Names inside the data directory.
const (
	lockName     = "lock"
	databaseName = "registry.db"
	modulesName  = "modules"
)

// readers is how many connections read, beside the one that writes.
const readers = 4

// Options says where a registry lies and what it keeps. Take [Default] and
// change what differs.
type Options struct {
	Dir          string        // the data directory; it is made, readable by its owner only
	KeepVersions int           // versions of an app that Sweep keeps, the current one included; 0 keeps all
	SweepGrace   time.Duration // age up to which Sweep leaves a module file that no version names: longer than a deploy takes
}

// Default returns the options of a server whose data directory is dir.
func Default(dir string) Options {
	return Options{Dir: dir, KeepVersions: 20, SweepGrace: time.Hour}
}

// Registry keeps apps in an SQLite file and modules in files named by their
// digest, both below one directory. One process at a time has the directory.
// All methods are safe for concurrent use.
//
// Invariant: every module that a recorded version names is a whole, synced
// file. Modules are stored before versions are recorded, and removed after.
type Registry struct {
	options Options
	files   files
	modules string // the folder of module files
	lock    *os.File
	write   *sql.DB // one connection: writing transactions form a queue
	read    *sql.DB

	// mu makes looking at a module file and removing it one step for those who
	// put the same file there.
	mu sync.Mutex
}

// Open takes the directory, makes what is missing, brings the schema up to
// date and removes what a crash left behind. A directory that another process
// has is a Conflict.
func Open(ctx context.Context, o Options) (*Registry, error) {
	return open(ctx, o, disk{})
}

func open(ctx context.Context, o Options, f files) (*Registry, error) {
	if o.Dir == "" || o.KeepVersions < 0 || o.SweepGrace < 0 {
		return nil, fault.New(fault.Invalid, "registry options are incomplete or negative")
	}
	if err := os.MkdirAll(filepath.Join(o.Dir, modulesName), 0o700); err != nil {
		return nil, diskFault(err, "make data directory %s", o.Dir)
	}
	dir, err := filepath.EvalSymlinks(o.Dir)
	if err != nil {
		return nil, diskFault(err, "open data directory %s", o.Dir)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, diskFault(err, "open data directory %s", o.Dir)
	}
	o.Dir = dir
	r := &Registry{options: o, files: f, modules: filepath.Join(dir, modulesName)}
	if err := r.start(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Registry) start(ctx context.Context) error {
	var err error
	if r.lock, err = takeLock(filepath.Join(r.options.Dir, lockName)); err != nil {
		return err
	}
	if err := r.removeIncoming(); err != nil {
		return err
	}
	path := filepath.Join(r.options.Dir, databaseName)
	if r.write, err = openWriter(path); err != nil {
		return r.databaseFault(err, "open %s", databaseName)
	}
	if err := migrate(ctx, r.write); err != nil {
		return r.databaseFault(err, "bring %s up to date", databaseName)
	}
	if r.read, err = openReaders(path, readers); err != nil {
		return r.databaseFault(err, "open %s", databaseName)
	}
	// The journal of the database was created just now, and the driver does
	// not sync the folder for it. Without this, power loss could take the
	// journal away with every commit in it.
	for _, dir := range []string{r.modules, r.options.Dir, filepath.Dir(r.options.Dir)} {
		if err := r.files.SyncDir(dir); err != nil {
			return diskFault(err, "sync data directory")
		}
	}
	return nil
}

// Close gives the directory back. No other call may be running.
func (r *Registry) Close() error {
	var errs []error
	for _, db := range []*sql.DB{r.read, r.write} { // the writer last: it folds the journal in
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if r.lock != nil {
		errs = append(errs, r.lock.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close registry: %w", err)
	}
	return nil
}

// diskFault gives a failed file operation its code.
func diskFault(err error, format string, args ...any) error {
	act := fmt.Sprintf(format, args...)
	if isFull(err) {
		return fullFault(err, act)
	}
	return fmt.Errorf("%s: %w", act, err)
}

func fullFault(err error, act string) error {
	return fault.Wrap(fault.DiskFull, err, "no room in the data directory: %s", act).
		WithHint("free some space where the data directory lies, then try again; nothing was half-written")
}
