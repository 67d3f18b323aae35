package registry

import (
	"strings"
	"testing"
)

// mustOpen opens a registry until the end of the test.
func mustOpen(t *testing.T, o Options, f files) *Registry {
	t.Helper()
	r, err := open(t.Context(), o, f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// mustStore stores a module and returns its digest.
func mustStore(t *testing.T, r *Registry, body string) string {
	t.Helper()
	m, err := r.StoreModule(t.Context(), strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	return m.Digest
}

// mustDeploy deploys an app of one function.
func mustDeploy(t *testing.T, r *Registry, app, manifest, digest string) Version {
	t.Helper()
	v, err := r.Deploy(t.Context(), Version{App: app, Manifest: []byte(manifest), Modules: map[string]string{"main": digest}})
	if err != nil {
		t.Fatal(err)
	}
	return v
}
