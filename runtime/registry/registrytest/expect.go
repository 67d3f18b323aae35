package registrytest

import (
	"bytes"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/registry"
)

// store stores a module and returns its digest.
func store(t *testing.T, s Store, body string) string {
	t.Helper()
	m, err := s.StoreModule(t.Context(), strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	return m.Digest
}

// deploy stores a module and deploys an app of one function from it, called
// after the manifest.
func deploy(t *testing.T, s Store, app, manifest string) registry.Version {
	t.Helper()
	v, err := s.Deploy(t.Context(), registry.Version{
		App: app, Manifest: []byte(manifest), Modules: map[string]string{"main": store(t, s, "module of "+manifest)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// current returns the current version of app.
func current(t *testing.T, s Store, app string) registry.Version {
	t.Helper()
	all, err := s.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if v.App == app {
			return v
		}
	}
	t.Fatalf("app %q is not listed", app)
	return registry.Version{}
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("err = %v, want the code %q", err, want)
	}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("err = %v, want %v", err, want)
	}
}

// wantSame compares all there is to a version.
func wantSame(t *testing.T, got, want registry.Version) {
	t.Helper()
	if got.App != want.App || got.Digest != want.Digest || got.Current != want.Current ||
		!bytes.Equal(got.Manifest, want.Manifest) || !maps.Equal(got.Modules, want.Modules) ||
		!got.Created.Equal(want.Created) || !got.Activated.Equal(want.Activated) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
