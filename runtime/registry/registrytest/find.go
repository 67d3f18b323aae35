package registrytest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/registry"
)

func currentByName(t *testing.T, s Store) {
	all, err := s.Current(t.Context())
	if err != nil || len(all) != 0 {
		t.Fatalf("an empty store lists %d apps and %v", len(all), err)
	}
	for _, app := range []string{"pear", "apple", "Quince", "fig"} {
		deploy(t, s, app, "old")
		deploy(t, s, app, "new")
	}
	all, err = s.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range all {
		names = append(names, v.App)
		if !v.Current || string(v.Manifest) != "new" {
			t.Errorf("listed %+v", v)
		}
	}
	if want := []string{"Quince", "apple", "fig", "pear"}; !slices.Equal(names, want) {
		t.Errorf("apps %q, want %q", names, want)
	}
}

func versionsNewestFirst(t *testing.T, s Store) {
	for _, manifest := range []string{"1", "2", "3", "1"} { // the last one is not new
		deploy(t, s, "shop", manifest)
	}
	versions, err := s.Versions(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range versions {
		text := string(v.Manifest)
		if v.Current {
			text += " current"
		}
		got = append(got, text)
	}
	if want := []string{"3", "2", "1 current"}; !slices.Equal(got, want) {
		t.Errorf("versions %q, want %q", got, want)
	}
	_, err = s.Versions(t.Context(), "nobody")
	wantCode(t, err, fault.NotFound)
}

func findByBeginning(t *testing.T, s Store) {
	v := deploy(t, s, "shop", "first")
	for _, length := range []int{6, 12, 63, 64} {
		found, err := s.FindVersion(t.Context(), "shop", v.Digest[:length])
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, found, v)
	}
	for name, c := range map[string]struct {
		app, digest string
		code        fault.Code
	}{
		"too short":   {"shop", v.Digest[:5], fault.Invalid},
		"empty":       {"shop", "", fault.Invalid},
		"other":       {"shop", strings.Repeat("z", 6), fault.NotFound},
		"other whole": {"shop", strings.Repeat("z", 64), fault.NotFound},
		"pattern":     {"shop", v.Digest[:5] + "%", fault.NotFound},
		"too long":    {"shop", v.Digest + "0", fault.NotFound},
		"other app":   {"nobody", v.Digest, fault.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.FindVersion(t.Context(), c.app, c.digest)
			wantCode(t, err, c.code)
		})
	}
}

func findAmbiguous(t *testing.T, s Store) {
	modules := map[string]string{"main": store(t, s, "module")}
	seen := map[string]string{}
	for i := 0; ; i++ { // two of some thousand digests share six digits
		manifest := fmt.Sprint("manifest ", i)
		digest := registry.VersionDigest([]byte(manifest), modules)
		twin, ok := seen[digest[:6]]
		if !ok {
			seen[digest[:6]] = manifest
			continue
		}
		for _, manifest := range []string{twin, manifest} {
			if _, err := s.Deploy(t.Context(), registry.Version{App: "shop", Manifest: []byte(manifest), Modules: modules}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.FindVersion(t.Context(), "shop", digest[:6])
		wantCode(t, err, fault.Invalid)
		found, err := s.FindVersion(t.Context(), "shop", digest[:20])
		if err != nil {
			t.Fatal(err)
		}
		if string(found.Manifest) != manifest {
			t.Errorf("found %q, want %q", found.Manifest, manifest)
		}
		return
	}
}

func previousFollowsHistory(t *testing.T, s Store) {
	_, err := s.Previous(t.Context(), "shop")
	wantCode(t, err, fault.NotFound)
	for _, step := range []struct{ deploy, previous string }{
		{"1", ""}, {"2", "1"}, {"3", "2"}, {"1", "3"}, {"1", "3"}, {"3", "1"}, {"4", "3"},
	} {
		deploy(t, s, "shop", step.deploy)
		deploy(t, s, "other", step.deploy+" of another app")
		v, err := s.Previous(t.Context(), "shop")
		if step.previous == "" {
			wantCode(t, err, fault.NotFound)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if string(v.Manifest) != step.previous || v.Current || v.App != "shop" {
			t.Errorf("after %s: previous is %q of %s, want %q", step.deploy, v.Manifest, v.App, step.previous)
		}
	}
	// Rolling back twice ends where it began.
	for _, want := range []string{"3", "4"} {
		v, err := s.Previous(t.Context(), "shop")
		if err != nil {
			t.Fatal(err)
		}
		if v, err = s.Activate(t.Context(), "shop", v.Digest); err != nil || string(v.Manifest) != want {
			t.Errorf("rolled back to %q, %v; want %q", v.Manifest, err, want)
		}
	}
}
