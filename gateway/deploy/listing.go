package deploy

import (
	"context"
	"strings"

	"github.com/postern-dev/postern/runtime"
)

// Apps lists what is in service, by name.
func (a *Apps) Apps() []App {
	list := []App{}
	for _, in := range a.table.Load().sorted() {
		list = append(list, App{
			Name:      in.name,
			Flavour:   in.flavour.Name,
			Version:   in.version,
			Hosts:     in.manifest.App.Hosts,
			Prefix:    escape(in.manifest.App.Prefix),
			Functions: len(in.functions),
			Routes:    len(in.rules),
			Deployed:  in.deployed,
		})
	}
	return list
}

// Versions lists the versions of an app, the newest first.
func (a *Apps) Versions(ctx context.Context, name string) ([]Version, error) {
	versions, err := a.opt.Registry.Versions(ctx, name)
	if err != nil {
		return nil, err
	}
	list := make([]Version, 0, len(versions))
	for _, v := range versions {
		list = append(list, Version{App: v.App, Version: v.Digest, Created: v.Created, Current: v.Current})
	}
	return list, nil
}

// Functions lists the functions of the version of an app that is in service.
func (a *Apps) Functions(name string) ([]Function, error) {
	in, err := a.find(name)
	if err != nil {
		return nil, err
	}
	return in.listFunctions(), nil
}

// Routes lists the routes of an app, or of all apps for "".
func (a *Apps) Routes(name string) ([]Route, error) {
	if name != "" {
		in, err := a.find(name)
		if err != nil {
			return nil, err
		}
		return in.listRoutes(), nil
	}
	list := []Route{}
	for _, in := range a.table.Load().sorted() {
		list = append(list, in.listRoutes()...)
	}
	return list, nil
}

func (in *app) report() *Report {
	return &Report{App: in.name, Version: in.version, Functions: in.listFunctions(), Routes: in.listRoutes()}
}

func (in *app) listFunctions() []Function {
	list := make([]Function, 0, len(in.functions))
	for _, f := range in.functions {
		list = append(list, f.list())
	}
	return list
}

func (f *function) list() Function {
	d := f.fn.Diagnose()
	s := &f.spec
	names := make([]string, 0, len(s.Environment))
	for _, pair := range s.Environment {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	return Function{
		Name:        s.Function,
		Module:      s.Module,
		Bytes:       d.Bytes,
		Kind:        d.Kind,
		Toolchain:   d.Toolchain,
		Memory:      s.Memory,
		RunLimitMs:  s.RunLimit.Milliseconds(),
		CPUMs:       s.CPU.Milliseconds(),
		Concurrency: s.Concurrency,
		Backlog:     s.Backlog,
		Isolation:   string(s.Isolation),
		Reset:       d.Reset,
		Reason:      d.Reason,
		Primed:      d.Primed,
		Priming:     f.priming(&d),
		Environment: names,
		StartMemory: d.StartMemory,
		Proposals:   d.Proposals,
		Imports:     d.Imports,
		Exports:     d.Exports,
	}
}

// priming says with what the function was primed, or why not; "" until it was
// loaded.
func (f *function) priming(d *runtime.Diagnosis) string {
	switch {
	case !d.Loaded || d.Priming != "":
		return d.Priming
	case f.spec.Guess == nil:
		return "the manifest says so"
	}
	return "no route leads GET or HEAD to it"
}

func (in *app) listRoutes() []Route {
	hosts := in.manifest.App.Hosts
	if len(hosts) == 0 {
		hosts = []string{"*"}
	}
	list := []Route{}
	for _, host := range hosts {
		for i := range in.rules {
			list = append(list, in.listRoute(host, in.rules[i].Target))
		}
	}
	return list
}

func (in *app) listRoute(host string, t *Target) Route {
	methods := t.Methods
	if len(methods) == 0 {
		methods = []string{"ANY"}
	}
	return Route{
		App:        in.name,
		Host:       host,
		Prefix:     escape(in.manifest.App.Prefix),
		Path:       t.Route.Path,
		Methods:    methods,
		Function:   t.Route.Function,
		Attempts:   t.Policy.Attempts,
		PatienceMs: t.Policy.Patience.Milliseconds(),
		Integrated: t.Route.Integrated,
	}
}
