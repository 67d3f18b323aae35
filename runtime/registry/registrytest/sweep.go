package registrytest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/registry"
)

func sweepKeepsNamed(t *testing.T, s Store) {
	v := deploy(t, s, "shop", "first")
	loose := store(t, s, "named by nobody")
	if removed := sweep(t, s); removed != 1 {
		t.Errorf("removed %d modules, want 1", removed)
	}
	_, err := s.ReadModule(t.Context(), loose)
	wantCode(t, err, fault.NotFound)
	if _, err := s.ReadModule(t.Context(), v.Modules["main"]); err != nil {
		t.Error(err)
	}
	if err := s.Delete(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	if removed := sweep(t, s); removed != 1 {
		t.Errorf("removed %d modules after Delete, want 1", removed)
	}
	if removed := sweep(t, s); removed != 0 {
		t.Errorf("removed %d modules of an empty store", removed)
	}
}

func sweepKeepsNewest(t *testing.T, s Store) {
	first := deploy(t, s, "shop", "1")
	for _, manifest := range []string{"2", "3", "4", "5"} {
		deploy(t, s, "shop", manifest)
	}
	deploy(t, s, "other", "1") // shares its module with the first
	if _, err := s.Activate(t.Context(), "shop", first.Digest); err != nil {
		t.Fatal(err)
	}
	if removed := sweep(t, s); removed != 2 {
		t.Errorf("removed %d modules, want those of 2 and 3", removed)
	}
	versions, err := s.Versions(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, v := range versions {
		kept = append(kept, string(v.Manifest))
		if _, err := s.ReadModule(t.Context(), v.Modules["main"]); err != nil {
			t.Error(err)
		}
	}
	if want := []string{"5", "4", "1"}; !slices.Equal(kept, want) {
		t.Errorf("kept %q, want %q", kept, want)
	}
	if v := current(t, s, "shop"); string(v.Manifest) != "1" {
		t.Errorf("current is %q", v.Manifest)
	}
}

func sweep(t *testing.T, s Store) int {
	t.Helper()
	removed, err := s.Sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return removed
}

func contextEnds(t *testing.T, s Store) {
	v := deploy(t, s, "shop", "first")
	next := registry.Version{App: "shop", Manifest: []byte("second"), Modules: v.Modules}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, act := range map[string]func() error{
		"store":    func() error { _, err := s.StoreModule(ctx, strings.NewReader("x"), 9); return err },
		"read":     func() error { _, err := s.ReadModule(ctx, v.Modules["main"]); return err },
		"deploy":   func() error { _, err := s.Deploy(ctx, next); return err },
		"activate": func() error { _, err := s.Activate(ctx, "shop", v.Digest); return err },
		"current":  func() error { _, err := s.Current(ctx); return err },
		"versions": func() error { _, err := s.Versions(ctx, "shop"); return err },
		"find":     func() error { _, err := s.FindVersion(ctx, "shop", v.Digest); return err },
		"previous": func() error { _, err := s.Previous(ctx, "shop"); return err },
		"delete":   func() error { return s.Delete(ctx, "shop") },
		"sweep":    func() error { _, err := s.Sweep(ctx); return err },
	} {
		t.Run(name, func(t *testing.T) { wantError(t, act(), context.Canceled) })
	}
	wantNotStored(t, s, "x")
	wantSame(t, current(t, s, "shop"), v)
}
