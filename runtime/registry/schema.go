package registry

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/postern-dev/postern/abi/fault"
)

// migrations returns the steps that make the schema, oldest first. Steps are
// added at the end and never changed: the database remembers how many it took.
//
// Times are nanoseconds since 1970. The turn of a version says when it last
// went into service, counted by app: the highest turn is the current version,
// the second highest is the one before it.
func migrations() []string {
	return []string{`
CREATE TABLE version (
	id        INTEGER PRIMARY KEY,
	app       TEXT    NOT NULL,
	digest    TEXT    NOT NULL,
	manifest  BLOB    NOT NULL,
	created   INTEGER NOT NULL,
	activated INTEGER NOT NULL,
	turn      INTEGER NOT NULL,
	UNIQUE (app, digest),
	UNIQUE (app, turn)
) STRICT;
CREATE TABLE function (
	version INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
	name    TEXT    NOT NULL,
	module  TEXT    NOT NULL,
	PRIMARY KEY (version, name)
) STRICT, WITHOUT ROWID;
`}
}

// migrate takes the steps that the database has not taken yet, each whole or
// not at all.
func migrate(ctx context.Context, db *sql.DB) error {
	steps := migrations()
	var taken int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&taken); err != nil {
		return err
	}
	if taken > len(steps) {
		return fault.New(fault.Conflict, "the data directory was written by a newer server (schema %d, this one knows %d)",
			taken, len(steps)).WithHint("start the newer server, or restore the backup from before the upgrade")
	}
	for ; taken < len(steps); taken++ {
		if err := take(ctx, db, steps[taken], taken+1); err != nil {
			return fmt.Errorf("schema %d: %w", taken+1, err)
		}
	}
	return nil
}

func take(ctx context.Context, db *sql.DB, step string, number int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	if _, err := tx.ExecContext(ctx, step); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", number)); err != nil {
		return err
	}
	return tx.Commit()
}
