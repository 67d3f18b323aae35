// Package registrytest is the contract of a store of versions and modules, as
// tests that every implementation passes. It is not the tests of one of them:
// what a disk can do wrong stands beside the one that has a disk.
package registrytest

import (
	"context"
	"io"
	"testing"

	"github.com/postern-dev/postern/runtime/registry"
)

// KeepVersions is how many versions of an app a store under test keeps.
const KeepVersions = 3

// Store is what the contract is about.
type Store interface {
	StoreModule(ctx context.Context, src io.Reader, maxBytes int64) (registry.Module, error)
	ReadModule(ctx context.Context, digest string) ([]byte, error)
	Deploy(ctx context.Context, v registry.Version) (registry.Version, error)
	Activate(ctx context.Context, app, digest string) (registry.Version, error)
	Current(ctx context.Context) ([]registry.Version, error)
	Versions(ctx context.Context, app string) ([]registry.Version, error)
	FindVersion(ctx context.Context, app, digestOrPrefix string) (registry.Version, error)
	Previous(ctx context.Context, app string) (registry.Version, error)
	Delete(ctx context.Context, app string) error
	Sweep(ctx context.Context) (removed int, err error)
}

// Test runs the contract. open returns an empty store that keeps KeepVersions
// versions of an app and has no grace for modules that no version names; it
// closes the store by t.Cleanup.
func Test(t *testing.T, open func(t *testing.T) Store) {
	for _, part := range []struct {
		name string
		test func(*testing.T, Store)
	}{
		{"module comes back", moduleComesBack},
		{"module has a limit", moduleHasALimit},
		{"module that breaks off is not stored", moduleBreaksOff},
		{"module that nobody stored is not found", moduleIsNotFound},
		{"deploy makes a version current", deployMakesCurrent},
		{"deploy of the current version changes nothing", deployAgain},
		{"deploy of an old version brings it back", deployOld},
		{"deploy needs its modules", deployNeedsModules},
		{"deploy refuses what is no version", deployRefuses},
		{"deploy keeps any bytes", deployKeepsAnyBytes},
		{"deploy keeps a copy", deployKeepsACopy},
		{"current lists apps by name", currentByName},
		{"versions are newest first", versionsNewestFirst},
		{"version is found by its beginning", findByBeginning},
		{"version is refused when two begin alike", findAmbiguous},
		{"activate brings a version back", activateBringsBack},
		{"previous is what was current before", previousFollowsHistory},
		{"delete forgets the app", deleteForgets},
		{"sweep keeps what is named", sweepKeepsNamed},
		{"sweep keeps the newest versions", sweepKeepsNewest},
		{"nothing happens after the context ends", contextEnds},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, open(t)) })
	}
}
