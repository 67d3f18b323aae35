package registry

import (
	"context"
	"database/sql"
	"time"
)

// Deploy records v, unless the app has that version already, and makes it the
// current one: both or neither. It refuses v when one of its modules is not
// stored. When it returns nil the version survives the loss of power. To deploy
// what is current changes nothing. Digest and times of v are not read.
func (r *Registry) Deploy(ctx context.Context, v Version) (Version, error) {
	if err := checkNew(v); err != nil {
		return Version{}, err
	}
	v.Digest = VersionDigest(v.Manifest, v.Modules)
	err := r.update(ctx, func(tx *sql.Tx) error {
		// Inside the transaction, where Sweep can't remove what is found.
		if err := r.hasModules(v.Modules); err != nil {
			return err
		}
		now := time.Now()
		if err := record(ctx, tx, v, now); err != nil {
			return err
		}
		var err error
		v, err = activate(ctx, tx, v.App, v.Digest, now)
		return err
	})
	if err != nil {
		return Version{}, r.databaseFault(err, "deploy app %s", v.App)
	}
	return v, nil
}

// record adds v to the table when it is not there. Its turn is 0, before every
// turn in service; activate gives it the next one in the same transaction.
func record(ctx context.Context, tx *sql.Tx, v Version, now time.Time) error {
	result, err := tx.ExecContext(ctx, `
		INSERT INTO version (app, digest, manifest, created, activated, turn)
		VALUES (?, ?, ?, ?, 0, 0) ON CONFLICT (app, digest) DO NOTHING`,
		v.App, v.Digest, blob(v.Manifest), now.UnixNano())
	if err != nil {
		return err
	}
	if added, err := result.RowsAffected(); err != nil || added == 0 {
		return err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return err
	}
	for name, digest := range v.Modules {
		if _, err := tx.ExecContext(ctx, "INSERT INTO function (version, name, module) VALUES (?, ?, ?)",
			id, name, digest); err != nil {
			return err
		}
	}
	return nil
}

// blob is b as the driver takes it: nil would be NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// activate gives the version the app's next turn, unless it is current.
func activate(ctx context.Context, tx *sql.Tx, app, digest string, now time.Time) (Version, error) {
	v, err := findExact(ctx, tx, app, digest)
	if err != nil || v.Current && !v.Activated.IsZero() {
		return v, err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE version SET activated = ?, turn = 1 + (SELECT max(turn) FROM version WHERE app = ?)
		WHERE app = ? AND digest = ?`, now.UnixNano(), app, app, digest)
	if err != nil {
		return Version{}, err
	}
	return findExact(ctx, tx, app, digest)
}

// Activate makes a recorded version the current one again. digest is the whole
// digest; FindVersion completes a short one.
func (r *Registry) Activate(ctx context.Context, app, digest string) (Version, error) {
	var v Version
	err := r.update(ctx, func(tx *sql.Tx) error {
		var err error
		if v, err = findExact(ctx, tx, app, digest); err != nil {
			return err
		}
		if err := r.hasModules(v.Modules); err != nil {
			return err
		}
		v, err = activate(ctx, tx, app, digest, time.Now())
		return err
	})
	if err != nil {
		return Version{}, r.databaseFault(err, "activate version %s of app %s", digest, app)
	}
	return v, nil
}

// Delete forgets the app with all of its versions. Their modules are removed by
// a later Sweep.
func (r *Registry) Delete(ctx context.Context, app string) error {
	err := r.update(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM version WHERE app = ?", app)
		if err != nil {
			return err
		}
		if removed, err := result.RowsAffected(); err != nil || removed > 0 {
			return err
		}
		return noApp(app)
	})
	return r.databaseFault(err, "delete app %s", app)
}
