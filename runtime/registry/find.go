package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Current returns the current version of every app, sorted by the app's name.
func (r *Registry) Current(ctx context.Context) ([]Version, error) {
	found, err := query(ctx, r.read, "WHERE v.turn = (SELECT max(turn) FROM version c WHERE c.app = v.app)")
	slices.SortFunc(found, func(a, b Version) int { return strings.Compare(a.App, b.App) })
	return found, r.databaseFault(err, "list apps")
}

// Versions returns all versions of an app, the newest first. An app without
// versions does not exist.
func (r *Registry) Versions(ctx context.Context, app string) ([]Version, error) {
	found, err := query(ctx, r.read, "WHERE v.app = ?", app)
	slices.Reverse(found)
	if err == nil && len(found) == 0 {
		err = noApp(app)
	}
	return found, r.databaseFault(err, "list versions of app %s", app)
}

// FindVersion returns the version that a digest names, or the beginning of one
// with at least six digits. A beginning that several versions share is Invalid.
func (r *Registry) FindVersion(ctx context.Context, app, digestOrPrefix string) (Version, error) {
	if len(digestOrPrefix) == digestLength {
		v, err := findExact(ctx, r.read, app, digestOrPrefix)
		return v, r.databaseFault(err, "find version of app %s", app)
	}
	versions, err := r.Versions(ctx, app)
	if err != nil {
		return Version{}, err
	}
	return pick(app, digestOrPrefix, versions)
}

// Previous returns the version that was current before the current one.
func (r *Registry) Previous(ctx context.Context, app string) (Version, error) {
	found, err := query(ctx, r.read,
		"WHERE v.id = (SELECT id FROM version WHERE app = ? ORDER BY turn DESC LIMIT 1 OFFSET 1)", app)
	if err == nil && len(found) == 0 {
		err = r.noPrevious(ctx, app)
	}
	if err != nil {
		return Version{}, r.databaseFault(err, "find previous version of app %s", app)
	}
	return found[0], nil
}

func (r *Registry) noPrevious(ctx context.Context, app string) error {
	if _, err := r.Versions(ctx, app); err != nil {
		return err
	}
	return onlyVersion(app)
}

// querier is a pool of connections or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// findExact finds a version by its whole digest.
func findExact(ctx context.Context, q querier, app, digest string) (Version, error) {
	found, err := query(ctx, q, "WHERE v.app = ? AND v.digest = ?", app, digest)
	if err != nil {
		return Version{}, err
	}
	if len(found) == 1 {
		return found[0], nil
	}
	exists, err := query(ctx, q, "WHERE v.id = (SELECT max(id) FROM version WHERE app = ?)", app)
	if err != nil {
		return Version{}, err
	}
	if len(exists) == 0 {
		return Version{}, noApp(app)
	}
	return Version{}, noVersion(app, digest)
}

// query returns the versions that where names, the oldest first. A manifest
// comes once for its version, and rows are not sorted by the database: an app
// of thousands of functions has a manifest of a megabyte, and what sorts holds
// all of it.
func query(ctx context.Context, q querier, where string, args ...any) (found []Version, err error) {
	rows, err := q.QueryContext(ctx, `
		SELECT v.id, v.app, v.digest, v.manifest, v.created, v.activated,
			v.turn = (SELECT max(turn) FROM version c WHERE c.app = v.app),
			(SELECT json_group_object(name, module) FROM function WHERE version = v.id)
		FROM version v `+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var ids []int64
	for rows.Next() {
		var v Version
		var id, created, activated int64
		var modules []byte
		if err := rows.Scan(&id, &v.App, &v.Digest, &v.Manifest, &created, &activated, &v.Current, &modules); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(modules, &v.Modules); err != nil {
			return nil, fmt.Errorf("read the functions of version %s: %w", v.Digest, err)
		}
		v.Created = time.Unix(0, created).UTC()
		if activated != 0 {
			v.Activated = time.Unix(0, activated).UTC()
		}
		at, _ := slices.BinarySearch(ids, id)
		ids, found = slices.Insert(ids, at, id), slices.Insert(found, at, v)
	}
	return found, rows.Err()
}
