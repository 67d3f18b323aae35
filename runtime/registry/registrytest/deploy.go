package registrytest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/registry"
)

func deployMakesCurrent(t *testing.T, s Store) {
	modules := map[string]string{"a": store(t, s, "1"), "b": store(t, s, "2"), "c": store(t, s, "1")}
	manifest := []byte("first")
	v, err := s.Deploy(t.Context(), registry.Version{App: "shop", Manifest: manifest, Modules: modules, Digest: "not read"})
	if err != nil {
		t.Fatal(err)
	}
	if v.Created.IsZero() || v.Activated.IsZero() || v.Activated.Before(v.Created) {
		t.Errorf("created %v, activated %v", v.Created, v.Activated)
	}
	wantSame(t, v, registry.Version{
		App: "shop", Digest: registry.VersionDigest(manifest, modules), Manifest: manifest, Modules: modules,
		Created: v.Created, Activated: v.Activated, Current: true,
	})
	wantSame(t, current(t, s, "shop"), v)

	second := deploy(t, s, "shop", "second")
	wantSame(t, current(t, s, "shop"), second)
	found, err := s.FindVersion(t.Context(), "shop", v.Digest)
	if err != nil {
		t.Fatal(err)
	}
	v.Current = false
	wantSame(t, found, v)
}

func deployAgain(t *testing.T, s Store) {
	first := deploy(t, s, "shop", "first")
	wantSame(t, deploy(t, s, "shop", "first"), first)
	_, err := s.Previous(t.Context(), "shop")
	wantCode(t, err, fault.NotFound)
}

func deployOld(t *testing.T, s Store) {
	first := deploy(t, s, "shop", "first")
	deploy(t, s, "shop", "second")
	again := deploy(t, s, "shop", "first")
	if again.Activated.Before(first.Activated) || !again.Created.Equal(first.Created) {
		t.Errorf("created %v and activated %v, before %v and %v",
			again.Created, again.Activated, first.Created, first.Activated)
	}
	wantSame(t, current(t, s, "shop"), again)
	versions, err := s.Versions(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	if len(versions) != 2 {
		t.Errorf("%d versions, want 2", len(versions))
	}
}

func deployNeedsModules(t *testing.T, s Store) {
	there := store(t, s, "there")
	_, err := s.Deploy(t.Context(), registry.Version{
		App: "shop", Manifest: []byte("m"), Modules: map[string]string{"a": there, "b": strings.Repeat("0", 64)},
	})
	wantCode(t, err, fault.NotFound)
	if f := fault.Of(err); f != nil && !strings.Contains(f.Message, `"b"`) {
		t.Errorf("%q does not name the function", f.Message)
	}
	_, err = s.Versions(t.Context(), "shop")
	wantCode(t, err, fault.NotFound) // nothing of it was recorded
}

func deployRefuses(t *testing.T, s Store) {
	there := store(t, s, "there")
	for name, v := range map[string]registry.Version{
		"no app":           {Modules: map[string]string{"a": there}},
		"nameless":         {App: "shop", Modules: map[string]string{"": there}},
		"no digest":        {App: "shop", Modules: map[string]string{"a": ""}},
		"path":             {App: "shop", Modules: map[string]string{"a": "../" + there[:61]}},
		"upper case":       {App: "shop", Modules: map[string]string{"a": strings.ToUpper(there)}},
		"beginning of one": {App: "shop", Modules: map[string]string{"a": there[:20]}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Deploy(t.Context(), v)
			wantCode(t, err, fault.Invalid)
		})
	}
}

func deployKeepsAnyBytes(t *testing.T, s Store) {
	for name, manifest := range map[string][]byte{
		"nil":       nil,
		"not UTF-8": {0xff, 0xfe, 0, '\n', 0x80},
		"large":     bytes.Repeat([]byte("# long\n"), 30_000),
	} {
		t.Run(name, func(t *testing.T) {
			app := "odd '\"; -- " + name + " \u00e9\x00"
			v, err := s.Deploy(t.Context(), registry.Version{App: app, Manifest: manifest})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(v.Manifest, manifest) || v.Modules == nil || len(v.Modules) != 0 {
				t.Errorf("%d bytes and modules %v came back", len(v.Manifest), v.Modules)
			}
			wantSame(t, current(t, s, app), v)
		})
	}
}

func deployKeepsACopy(t *testing.T, s Store) {
	digest := store(t, s, "module")
	manifest, modules := []byte("manifest"), map[string]string{"a": digest}
	v, err := s.Deploy(t.Context(), registry.Version{App: "shop", Manifest: manifest, Modules: modules})
	if err != nil {
		t.Fatal(err)
	}
	want := current(t, s, "shop")
	clear(manifest)
	clear(modules)
	clear(v.Manifest)
	clear(v.Modules)
	wantSame(t, current(t, s, "shop"), want)
	if want.Modules["a"] != digest || string(want.Manifest) != "manifest" {
		t.Errorf("kept %q and %v", want.Manifest, want.Modules)
	}
}

func activateBringsBack(t *testing.T, s Store) {
	first := deploy(t, s, "shop", "first")
	deploy(t, s, "shop", "second")
	v, err := s.Activate(t.Context(), "shop", first.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if !v.Current || v.Digest != first.Digest || !v.Created.Equal(first.Created) || v.Activated.Before(first.Activated) {
		t.Errorf("activated %+v, was %+v", v, first)
	}
	wantSame(t, current(t, s, "shop"), v)
	again, err := s.Activate(t.Context(), "shop", first.Digest)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, again, v)

	_, err = s.Activate(t.Context(), "nobody", first.Digest)
	wantCode(t, err, fault.NotFound)
	_, err = s.Activate(t.Context(), "shop", strings.Repeat("0", 64))
	wantCode(t, err, fault.NotFound)
	wantSame(t, current(t, s, "shop"), v)
}

func deleteForgets(t *testing.T, s Store) {
	shop := deploy(t, s, "shop", "first")
	deploy(t, s, "shop", "second")
	other := deploy(t, s, "other", "first") // the same module
	if err := s.Delete(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.Delete(t.Context(), "shop"), fault.NotFound)
	_, err := s.Versions(t.Context(), "shop")
	wantCode(t, err, fault.NotFound)
	_, err = s.FindVersion(t.Context(), "shop", shop.Digest)
	wantCode(t, err, fault.NotFound)
	_, err = s.Previous(t.Context(), "shop")
	wantCode(t, err, fault.NotFound)
	all, err := s.Current(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%d apps and %v, want one", len(all), err)
	}
	wantSame(t, all[0], other)

	again := deploy(t, s, "shop", "first")
	_, err = s.Previous(t.Context(), "shop")
	wantCode(t, err, fault.NotFound) // its history is forgotten too
	wantSame(t, current(t, s, "shop"), again)
}
