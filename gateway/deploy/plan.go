package deploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/config"
	"github.com/postern-dev/postern/gateway/flavour"
	"github.com/postern-dev/postern/gateway/route"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/runtime/registry"
)

// maxManifest is the most bytes that a manifest may have.
const maxManifest = 1 << 20

// store reads the manifest of a bundle and stores the modules that it names.
// Modules stored for a deploy that fails later are swept some time.
func (a *Apps) store(ctx context.Context, b *Bundle) (registry.Version, error) {
	text, err := readManifest(b)
	if err != nil {
		return registry.Version{}, err
	}
	m, err := a.manifest(text)
	if err != nil {
		return registry.Version{}, err
	}
	if b.App != "" && b.App != m.App.Name {
		return registry.Version{}, fault.New(fault.BadManifest, "the manifest is of app %q, the deploy asks for %q", m.App.Name, b.App)
	}
	v := registry.Version{App: m.App.Name, Manifest: text, Modules: make(map[string]string, len(m.Functions))}
	var errs []error
	stored := map[string]string{} // digests, by the file: functions may share one
	for i := range m.Functions {
		f := &m.Functions[i]
		digest, ok := stored[f.ModuleFile()]
		if !ok {
			var err error
			digest, err = a.storeModule(ctx, b, f)
			errs = append(errs, err)
			stored[f.ModuleFile()] = digest
		}
		v.Modules[f.Name] = digest
	}
	if err := errors.Join(errs...); err != nil {
		return registry.Version{}, err
	}
	v.Digest = registry.VersionDigest(v.Manifest, v.Modules)
	return v, nil
}

func readManifest(b *Bundle) ([]byte, error) {
	file, ok := b.Files[ManifestFile]
	if !ok {
		return nil, fault.New(fault.BadBundle, "the bundle has no %s", ManifestFile).
			WithHint("put %s at the top of the bundle, not in a folder", ManifestFile)
	}
	if file.Bytes > maxManifest {
		return nil, fault.New(fault.TooLarge, "%s exceeds %d bytes", ManifestFile, maxManifest)
	}
	src, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", ManifestFile, err)
	}
	defer src.Close()
	text, err := io.ReadAll(io.LimitReader(src, maxManifest+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ManifestFile, err)
	}
	return text, nil
}

func (a *Apps) storeModule(ctx context.Context, b *Bundle, f *config.Function) (string, error) {
	name := f.ModuleFile()
	file, ok := b.Files[name]
	if !ok {
		return "", fault.New(fault.BadBundle, "function %s: the bundle has no file %s", f.Name, name).
			WithHint("`postern build` makes it and `postern deploy` puts it into the bundle")
	}
	src, err := file.Open()
	if err != nil {
		return "", fmt.Errorf("open %s: %w", name, err)
	}
	defer src.Close()
	module, err := a.opt.Registry.StoreModule(ctx, src, a.opt.MaxModule)
	if err != nil {
		return "", OfFunction(f.Name, err)
	}
	return module.Digest, nil
}

// Defaults is what each flavour gives to a manifest, by the flavour's name.
func Defaults(flavours []flavour.Flavour) map[string]config.Defaults {
	all := make(map[string]config.Defaults, len(flavours))
	for _, f := range flavours {
		d := config.DefaultFunction()
		d.ParsePath = f.Match
		d.Attempts, d.Patience, d.RunLimit = f.Policy.Attempts, f.Policy.Patience, f.Policy.RunLimit
		d.Stage, d.Payload = f.Stage, f.Payload
		all[f.Name] = d
	}
	return all
}

// manifest reads a manifest with the defaults of the flavours.
func (a *Apps) manifest(text []byte) (*config.Manifest, error) {
	return config.ReadManifest(text, Defaults(a.opt.Flavours))
}

// plan turns a recorded version into an app whose functions are not yet given
// to the engine.
func (a *Apps) plan(v registry.Version) (*app, error) {
	m, err := a.manifest(v.Manifest)
	if err != nil {
		return nil, err
	}
	in := &app{
		name:     v.App,
		version:  v.Digest,
		manifest: m,
		flavour:  a.flavour(m.App.Flavour),
		deployed: v.Activated,
	}
	byName := make(map[string]*function, len(m.Functions))
	for i := range m.Functions {
		f := &function{spec: Spec(v, &m.Functions[i])}
		in.functions = append(in.functions, f)
		byName[f.spec.Function] = f
	}
	for i := range m.Routes {
		rule, err := in.rule(&m.Routes[i])
		if err != nil {
			return nil, err
		}
		in.rules = append(in.rules, rule)
		f := byName[m.Routes[i].Function]
		f.rules = append(f.rules, i)
	}
	table := sync.OnceValues(func() (*Table, error) { return newTable(map[string]*app{in.name: in}) })
	for i, f := range in.functions {
		if m.Functions[i].Guess {
			f.spec.Guess = func() []runtime.Guess { return in.guess(f, table) }
		}
	}
	return in, nil
}

func (a *Apps) flavour(name string) *flavour.Flavour {
	i := slices.IndexFunc(a.opt.Flavours, func(f flavour.Flavour) bool { return f.Name == name })
	return &a.opt.Flavours[i]
}

// Spec is what the engine must know of a function of a version: its limits,
// its environment and the events to prime it with.
func Spec(v registry.Version, f *config.Function) runtime.Spec {
	environment := make([]string, 0, len(f.Environment))
	for name, value := range f.Environment {
		environment = append(environment, name+"="+value)
	}
	slices.Sort(environment)
	s := runtime.Spec{
		App:         v.App,
		Function:    f.Name,
		Version:     v.Digest,
		Module:      v.Modules[f.Name],
		Memory:      f.Memory,
		RunLimit:    f.RunLimit,
		CPU:         f.CPU,
		Concurrency: f.Concurrency,
		Backlog:     f.Backlog,
		Isolation:   runtime.Isolation(f.Isolation),
		Environment: environment,
	}
	for _, event := range f.Prime {
		context := abi.Context{App: v.App, Function: f.Name, Version: v.Digest, MemoryLimit: s.Memory, RunLimit: s.RunLimit}
		s.Prime = append(s.Prime, runtime.Sample{Event: []byte(event), Context: context.AppendJSON(nil)})
	}
	return s
}

// maxEvent and maxReply are the most bytes of an event and of a reply, as in
// the clouds that the dialects come from (TC-30, TC-46).
const (
	maxEvent = 6 << 20
	maxReply = 6 << 20
)

// rule turns a route of the manifest into a rule whose target lacks only its
// function.
func (in *app) rule(r *config.Route) (route.Rule[*Target], error) {
	t := &Target{
		Version:   in.version,
		Flavour:   in.flavour,
		Methods:   r.Methods,
		Policy:    runtime.Policy{Attempts: r.Attempts, Patience: r.Patience},
		LogFields: logFields(in.name, r.Function, short(in.version)),
		Route: dialect.Route{
			App:         in.name,
			Function:    r.Function,
			Path:        r.Pattern.String(),
			Method:      method(r.Methods),
			Stage:       r.Stage,
			ServiceID:   in.manifest.App.ServiceID,
			Integrated:  r.Integrated,
			Canonical:   r.Canonical,
			Payload:     r.Payload,
			Declared:    declared(r.Params),
			Base64:      r.Base64,
			Base64Rules: rules(r.Base64Rules),
			MaxEvent:    maxEvent,
			MaxReply:    maxReply,
			Timeout:     int(math.Ceil(r.Patience.Seconds() * float64(r.Attempts))),
		},
	}
	var err error
	if t.Dialect, err = in.flavour.Dialect(t.Route); err != nil {
		return route.Rule[*Target]{}, err
	}
	return route.Rule[*Target]{Pattern: r.Pattern, Methods: r.Methods, Target: t}, nil
}

func logFields(app, function, version string) string {
	line := abi.AppendString([]byte(`"app":`), app)
	line = abi.AppendString(append(line, `,"function":`...), function)
	line = abi.AppendString(append(line, `,"version":`...), version)
	return string(line)
}

// method is the configured method as events show it.
func method(methods []string) string {
	if len(methods) == 1 {
		return methods[0]
	}
	return "ANY"
}

func declared(params []config.Param) []dialect.Param {
	var list []dialect.Param
	for _, p := range params {
		list = append(list, dialect.Param{Name: p.Name, In: dialect.In(p.Position), Required: p.Required, Default: p.Default})
	}
	return list
}

func rules(triggers []config.Base64Rule) []dialect.Base64Rule {
	var list []dialect.Base64Rule
	for _, t := range triggers {
		list = append(list, dialect.Base64Rule(t))
	}
	return list
}
