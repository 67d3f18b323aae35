package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
)

// Sweep forgets versions beyond Options.KeepVersions of each app, those longest
// out of service first and never the current one. Then it removes the module
// files that no version names and that are older than Options.SweepGrace; it
// returns how many. On a full disk it may fail to forget and still remove.
func (r *Registry) Sweep(ctx context.Context) (removed int, err error) {
	forgetErr := r.forgetOld(ctx)
	// A transaction of its own: files go only after the versions that named
	// them are gone for good. It writes no row; holding the one connection that
	// writes keeps Deploy from naming a file that is about to go.
	err = r.update(ctx, func(tx *sql.Tx) error {
		named, err := namedModules(ctx, tx)
		if err != nil {
			return err
		}
		removed, err = r.removeModules(ctx, named, time.Now().Add(-r.options.SweepGrace))
		return err
	})
	return removed, errors.Join(forgetErr, r.databaseFault(err, "sweep modules"))
}

// forgetOld removes the versions beyond those that are kept.
func (r *Registry) forgetOld(ctx context.Context) error {
	if r.options.KeepVersions == 0 {
		return nil
	}
	err := r.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			DELETE FROM version WHERE id IN (
				SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY app ORDER BY turn DESC) AS place FROM version)
				WHERE place > ?)`, r.options.KeepVersions)
		return err
	})
	return r.databaseFault(err, "forget old versions")
}

// namedModules returns the digests that some version names.
func namedModules(ctx context.Context, tx *sql.Tx) (named map[string]bool, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT DISTINCT module FROM function")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	named = map[string]bool{}
	for rows.Next() {
		var digest string
		if err := rows.Scan(&digest); err != nil {
			return nil, err
		}
		named[digest] = true
	}
	return named, rows.Err()
}

// removeModules removes the module files that are not named and were last
// stored before oldest.
func (r *Registry) removeModules(ctx context.Context, named map[string]bool, oldest time.Time) (removed int, err error) {
	entries, err := r.files.ReadDir(r.modules)
	if err != nil {
		return 0, fmt.Errorf("list module files: %w", err)
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		if !isDigest(e.Name()) || named[e.Name()] {
			continue
		}
		gone, err := r.removeBefore(filepath.Join(r.modules, e.Name()), oldest)
		if err != nil {
			return removed, fmt.Errorf("remove module %s: %w", e.Name(), err)
		}
		if gone {
			removed++
		}
	}
	return removed, nil
}

// removeBefore removes the file unless it is younger than oldest.
func (r *Registry) removeBefore(name string, oldest time.Time) (gone bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	info, err := r.files.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || info.ModTime().After(oldest) {
		return false, err
	}
	return true, r.files.Remove(name)
}
