package registry

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/fault"
)

// TestRegistry_hammer deploys, reads, rolls back and sweeps at the same time,
// with no grace: a version in service must always be whole.
func TestRegistry_hammer(t *testing.T) {
	r := mustOpen(t, Options{Dir: t.TempDir(), KeepVersions: 3}, disk{})
	rounds := 25
	if testing.Short() {
		rounds = 10
	}
	var all sync.WaitGroup
	for w := range 3 {
		all.Go(func() {
			app := fmt.Sprint("app", w)
			for i := range rounds {
				deployUnderFire(t, r, app, fmt.Sprint("version ", i))
				if i%5 == 4 {
					rollBack(t, r, app)
				}
			}
		})
	}
	done := make(chan struct{})
	var others sync.WaitGroup
	for _, act := range []func(){
		func() { readAll(t, r) },
		func() {
			if _, err := r.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
		},
	} {
		others.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					act()
				}
			}
		})
	}
	all.Wait()
	close(done)
	others.Wait()
	readAll(t, r)
}

// deployUnderFire deploys although sweeps take modules away between the upload
// and the deploy: then the deploy refuses, and is tried again.
func deployUnderFire(t *testing.T, r *Registry, app, text string) {
	for range 1000 {
		m, err := r.StoreModule(t.Context(), strings.NewReader(app+text), 100)
		if err != nil {
			t.Error(err)
			return
		}
		v := Version{App: app, Manifest: []byte(text), Modules: map[string]string{"main": m.Digest}}
		_, err = r.Deploy(t.Context(), v)
		if err == nil {
			return
		}
		if fault.CodeOf(err) != fault.NotFound {
			t.Error(err)
			return
		}
	}
	t.Errorf("%s of %s never got through", text, app)
}

func rollBack(t *testing.T, r *Registry, app string) {
	v, err := r.Previous(t.Context(), app)
	if err != nil {
		t.Error(err)
		return
	}
	if v, err = r.Activate(t.Context(), app, v.Digest); err != nil || !v.Current {
		t.Errorf("rolled back to %+v, %v", v, err)
	}
}

// readAll reads the modules of all that is current. What a concurrent deploy
// replaced in the meantime may be gone already; what is still current may not.
func readAll(t *testing.T, r *Registry) {
	versions, err := r.Current(t.Context())
	if err != nil {
		t.Error(err)
	}
	for _, v := range versions {
		if VersionDigest(v.Manifest, v.Modules) != v.Digest {
			t.Errorf("%s is not what its digest says: %+v", v.App, v)
		}
		_, err := r.ReadModule(t.Context(), v.Modules["main"])
		if err == nil {
			continue
		}
		now, findErr := r.FindVersion(t.Context(), v.App, v.Digest)
		if findErr == nil && now.Current || fault.CodeOf(err) != fault.NotFound {
			t.Errorf("current version %s of %s: %v", v.Digest, v.App, err)
		}
	}
}

// store is what Registry and its twin have in common.
type store interface {
	Deploy(ctx context.Context, v Version) (Version, error)
	Activate(ctx context.Context, app, digest string) (Version, error)
	Current(ctx context.Context) ([]Version, error)
	Versions(ctx context.Context, app string) ([]Version, error)
	FindVersion(ctx context.Context, app, digestOrPrefix string) (Version, error)
	Previous(ctx context.Context, app string) (Version, error)
	Delete(ctx context.Context, app string) error
	Sweep(ctx context.Context) (removed int, err error)
}

// TestRegistry_agreesWithItsTwin does the same random acts to a registry and to
// a memory. Their answers differ in times only.
func TestRegistry_agreesWithItsTwin(t *testing.T) {
	o := Options{Dir: t.TempDir(), KeepVersions: 4}
	r, twin := mustOpen(t, o, disk{}), NewMemory(o)
	random := rand.New(rand.NewPCG(3, 4))
	var digests []string
	acts := 300
	if testing.Short() {
		acts = 100
	}
	for i := range acts {
		app := fmt.Sprint("app", random.IntN(3))
		digest := strings.Repeat("0", digestLength)
		if len(digests) > 0 {
			digest = digests[random.IntN(len(digests))]
		}
		body := fmt.Sprint("module ", random.IntN(8))
		manifest := []byte(fmt.Sprint("manifest ", random.IntN(5)))
		var act func(store) (any, error)
		switch name := random.IntN(10); name {
		case 0, 1, 2, 3:
			mustStore(t, r, body)
			m, err := twin.StoreModule(t.Context(), strings.NewReader(body), 100)
			if err != nil {
				t.Fatal(err)
			}
			v := Version{App: app, Manifest: manifest, Modules: map[string]string{"main": m.Digest}}
			digests = append(digests, VersionDigest(v.Manifest, v.Modules))
			act = func(s store) (any, error) { v, err := s.Deploy(t.Context(), v); return v, err }
		case 4:
			act = func(s store) (any, error) { v, err := s.Activate(t.Context(), app, digest); return v, err }
		case 5:
			act = func(s store) (any, error) { v, err := s.Previous(t.Context(), app); return v, err }
		case 6:
			act = func(s store) (any, error) { v, err := s.Versions(t.Context(), app); return v, err }
		case 7:
			length := 4 + random.IntN(digestLength-3)
			act = func(s store) (any, error) { v, err := s.FindVersion(t.Context(), app, digest[:length]); return v, err }
		case 8:
			if random.IntN(8) > 0 {
				continue
			}
			act = func(s store) (any, error) { return nil, s.Delete(t.Context(), app) }
		case 9:
			act = func(s store) (any, error) { n, err := s.Sweep(t.Context()); return n, err }
		}
		same(t, i, r, twin, act)
		same(t, i, r, twin, func(s store) (any, error) { v, err := s.Current(t.Context()); return v, err })
		if t.Failed() {
			return
		}
	}
}

func same(t *testing.T, i int, r, twin store, act func(store) (any, error)) {
	t.Helper()
	got, gotErr := act(r)
	want, wantErr := act(twin)
	if !errors.Is(gotErr, wantErr) && fault.CodeOf(gotErr) != fault.CodeOf(wantErr) {
		t.Errorf("act %d: err = %v, the twin says %v", i, gotErr, wantErr)
	}
	if !reflect.DeepEqual(timeless(got), timeless(want)) {
		t.Errorf("act %d:\ngot  %+v\ntwin %+v", i, got, want)
	}
}

// timeless returns versions with their times gone.
func timeless(answer any) any {
	without := func(v Version) Version { v.Created, v.Activated = time.Time{}, time.Time{}; return v }
	switch a := answer.(type) {
	case Version:
		return without(a)
	case []Version:
		all := slices.Clone(a)
		for i := range all {
			all[i] = without(all[i])
		}
		return all
	}
	return answer
}
