package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/ncruces/go-sqlite3"
	_ "github.com/ncruces/go-sqlite3/driver" // registers driverName

	"github.com/postern-dev/postern/abi/fault"
)

const driverName = "sqlite3"

// openWriter opens the one connection that writes. Its commits are on the disk
// when they return.
func openWriter(path string) (*sql.DB, error) {
	return openPool(path, 1, url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(5000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(on)"},
	})
}

// openReaders opens n connections that can't write. The file must exist.
func openReaders(path string, n int) (*sql.DB, error) {
	return openPool(path, n, url.Values{
		"_txlock": {"deferred"},
		"_pragma": {"busy_timeout(5000)", "query_only(on)"},
	})
}

func openPool(path string, connections int, query url.Values) (*sql.DB, error) {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a drive letter
	}
	source := url.URL{Scheme: "file", OmitHost: true, Path: slashed, RawQuery: query.Encode()}
	db, err := sql.Open(driverName, source.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// update runs act in one writing transaction. What act wrote is durable when
// update returns nil and undone when it does not.
func (r *Registry) update(ctx context.Context, act func(*sql.Tx) error) error {
	tx, err := r.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := act(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// databaseFault gives a failed statement its code. Faults pass as they are.
func (r *Registry) databaseFault(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	act := fmt.Sprintf(format, args...)
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if errors.Is(err, sqlite3.FULL) || isFull(err) {
		return fullFault(err, act)
	}
	// The driver answers a full disk with one of these and loses the cause.
	if errors.Is(err, sqlite3.IOERR) || errors.Is(err, sqlite3.CANTOPEN) {
		if probeErr := probeRoom(r.options.Dir); isFull(probeErr) {
			return fullFault(errors.Join(err, probeErr), act)
		}
	}
	return fmt.Errorf("%s: %w", act, err)
}

// probeRoom tries whether dir has the room for a transaction, and leaves
// nothing there.
func probeRoom(dir string) error {
	const room = 2 << 20
	f, err := os.CreateTemp(dir, "probe-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, room))
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}
