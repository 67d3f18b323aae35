package registry

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/postern-dev/postern/abi/fault"
)

// Memory does what a Registry does and keeps nothing past the end of the
// process. All methods are safe for concurrent use.
type Memory struct {
	options Options

	mu      sync.Mutex
	modules map[string]heldModule
	apps    map[string][]*heldVersion // the oldest first
}

type heldModule struct {
	body   []byte
	stored time.Time
}

// heldVersion is a version with its turn; see the schema for what that is.
type heldVersion struct {
	Version
	turn int
}

// NewMemory returns an empty memory. It has no use for Options.Dir.
func NewMemory(o Options) *Memory {
	return &Memory{options: o, modules: map[string]heldModule{}, apps: map[string][]*heldVersion{}}
}

// StoreModule reads src to its end and keeps the bytes under their digest. It
// takes at most maxBytes.
func (m *Memory) StoreModule(ctx context.Context, src io.Reader, maxBytes int64) (Module, error) {
	var f memoryFile
	stored, err := receive(ctx, &f, src, maxBytes)
	if err != nil {
		return Module{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.modules[stored.Digest] = heldModule{body: f.Bytes(), stored: time.Now()}
	return stored, nil
}

// memoryFile is a file that is nowhere but here.
type memoryFile struct{ bytes.Buffer }

func (*memoryFile) Name() string { return "" }
func (*memoryFile) Sync() error  { return nil }
func (*memoryFile) Close() error { return nil }

// ReadModule returns the bytes of a stored module, which belong to the caller.
func (m *Memory) ReadModule(ctx context.Context, digest string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read module %s: %w", digest, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	held, ok := m.modules[digest]
	if !ok {
		return nil, fault.New(fault.NotFound, "no module %q", digest)
	}
	return append([]byte{}, held.body...), nil
}

// Deploy records v, unless the app has that version already, and makes it the
// current one. It refuses v when one of its modules is not stored.
func (m *Memory) Deploy(ctx context.Context, v Version) (Version, error) {
	if err := ctx.Err(); err != nil {
		return Version{}, fmt.Errorf("deploy app %s: %w", v.App, err)
	}
	if err := checkNew(v); err != nil {
		return Version{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.hasModulesLocked(v.Modules); err != nil {
		return Version{}, err
	}
	digest := VersionDigest(v.Manifest, v.Modules)
	held := m.findLocked(v.App, digest)
	if held == nil {
		held = &heldVersion{Version: Version{
			App: v.App, Digest: digest, Manifest: append([]byte{}, v.Manifest...), Modules: copyModules(v.Modules), Created: time.Now().UTC(),
		}}
		m.apps[v.App] = append(m.apps[v.App], held)
	}
	return m.activateLocked(held), nil
}

// Activate makes a recorded version the current one again.
func (m *Memory) Activate(ctx context.Context, app, digest string) (Version, error) {
	if err := ctx.Err(); err != nil {
		return Version{}, fmt.Errorf("activate version %s of app %s: %w", digest, app, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	held := m.findLocked(app, digest)
	if held == nil {
		return Version{}, m.missingLocked(app, digest)
	}
	if err := m.hasModulesLocked(held.Modules); err != nil {
		return Version{}, err
	}
	return m.activateLocked(held), nil
}

func (m *Memory) activateLocked(held *heldVersion) Version {
	last := m.byTurnLocked(held.App)[0]
	if held.turn == 0 || last != held {
		held.turn, held.Activated = last.turn+1, time.Now().UTC()
	}
	return m.copyLocked(held)
}

// Current returns the current version of every app, sorted by the app's name.
func (m *Memory) Current(ctx context.Context) ([]Version, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("list apps: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []Version
	for _, app := range slices.Sorted(maps.Keys(m.apps)) {
		found = append(found, m.copyLocked(m.byTurnLocked(app)[0]))
	}
	return found, nil
}

// Versions returns all versions of an app, the newest first.
func (m *Memory) Versions(ctx context.Context, app string) ([]Version, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("list versions of app %s: %w", app, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []Version
	for _, held := range slices.Backward(m.apps[app]) {
		found = append(found, m.copyLocked(held))
	}
	if len(found) == 0 {
		return nil, noApp(app)
	}
	return found, nil
}

// FindVersion returns the version that a digest names, or the beginning of one
// with at least six digits.
func (m *Memory) FindVersion(ctx context.Context, app, digestOrPrefix string) (Version, error) {
	versions, err := m.Versions(ctx, app)
	if err != nil {
		return Version{}, err
	}
	return pick(app, digestOrPrefix, versions)
}

// Previous returns the version that was current before the current one.
func (m *Memory) Previous(ctx context.Context, app string) (Version, error) {
	if err := ctx.Err(); err != nil {
		return Version{}, fmt.Errorf("find previous version of app %s: %w", app, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	order := m.byTurnLocked(app)
	switch len(order) {
	case 0:
		return Version{}, noApp(app)
	case 1:
		return Version{}, onlyVersion(app)
	}
	return m.copyLocked(order[1]), nil
}

// Delete forgets the app with all of its versions.
func (m *Memory) Delete(ctx context.Context, app string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("delete app %s: %w", app, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.apps[app] == nil {
		return noApp(app)
	}
	delete(m.apps, app)
	return nil
}

// Sweep forgets old versions and the modules that no version names, and returns
// how many modules those were.
func (m *Memory) Sweep(ctx context.Context) (removed int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("sweep modules: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	named := map[string]bool{}
	for app, versions := range m.apps {
		if order := m.byTurnLocked(app); m.options.KeepVersions > 0 && len(order) > m.options.KeepVersions {
			old := order[m.options.KeepVersions:]
			versions = slices.DeleteFunc(versions, func(v *heldVersion) bool { return slices.Contains(old, v) })
			m.apps[app] = versions
		}
		for _, v := range versions {
			for _, digest := range v.Modules {
				named[digest] = true
			}
		}
	}
	oldest := time.Now().Add(-m.options.SweepGrace)
	for digest, held := range m.modules {
		if !named[digest] && !held.stored.After(oldest) {
			delete(m.modules, digest)
			removed++
		}
	}
	return removed, nil
}

// Close forgets everything.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.modules)
	clear(m.apps)
	return nil
}

// byTurnLocked returns the versions of an app, the current one first.
func (m *Memory) byTurnLocked(app string) []*heldVersion {
	return slices.SortedFunc(slices.Values(m.apps[app]), func(a, b *heldVersion) int { return b.turn - a.turn })
}

func (m *Memory) findLocked(app, digest string) *heldVersion {
	for _, held := range m.apps[app] {
		if held.Digest == digest {
			return held
		}
	}
	return nil
}

func (m *Memory) missingLocked(app, digest string) error {
	if m.apps[app] == nil {
		return noApp(app)
	}
	return noVersion(app, digest)
}

func (m *Memory) hasModulesLocked(modules map[string]string) error {
	for function, digest := range modules {
		if _, ok := m.modules[digest]; !ok {
			return noModule(function, digest)
		}
	}
	return nil
}

// copyLocked returns the version as the caller may keep it.
func (m *Memory) copyLocked(held *heldVersion) Version {
	v := held.Version
	v.Current = m.byTurnLocked(v.App)[0] == held
	v.Manifest = append([]byte{}, v.Manifest...)
	v.Modules = copyModules(v.Modules)
	return v
}

// copyModules is maps.Clone but for nil, which becomes empty.
func copyModules(modules map[string]string) map[string]string {
	c := make(map[string]string, len(modules))
	maps.Copy(c, modules)
	return c
}
