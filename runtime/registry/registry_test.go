package registry_test

import (
	"testing"

	"github.com/postern-dev/postern/runtime/registry"
	"github.com/postern-dev/postern/runtime/registry/registrytest"
)

func TestRegistry_keepsTheContract(t *testing.T) {
	registrytest.Test(t, func(t *testing.T) registrytest.Store {
		r, err := registry.Open(t.Context(), registry.Options{Dir: t.TempDir(), KeepVersions: registrytest.KeepVersions})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		})
		return r
	})
}

func TestMemory_keepsTheContract(t *testing.T) {
	registrytest.Test(t, func(t *testing.T) registrytest.Store {
		return registry.NewMemory(registry.Options{KeepVersions: registrytest.KeepVersions})
	})
}
