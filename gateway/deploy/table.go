package deploy

import (
	"sort"

	"github.com/postern-dev/postern/gateway/flavour"
	"github.com/postern-dev/postern/gateway/route"
	"github.com/postern-dev/postern/runtime"
)

// Table is what is in service at one moment. It is immutable.
type Table struct {
	routes *route.Table[*Target]
	apps   map[string]*app
}

// newTable builds the table of apps. Two apps that claim the same host or
// prefix are a Conflict.
func newTable(apps map[string]*app) (*Table, error) {
	list := make([]route.App[*Target], 0, len(apps))
	for _, in := range apps {
		list = append(list, route.App[*Target]{
			Name:   in.name,
			Hosts:  in.manifest.App.Hosts,
			Prefix: in.manifest.App.Prefix,
			Rules:  in.rules,
		})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	routes, err := route.New(list)
	if err != nil {
		return nil, err
	}
	return &Table{routes: routes, apps: apps}, nil
}

// Find looks a request up; see [route.Table.Find].
func (t *Table) Find(m *route.Match[*Target], host, rawPath, path, method []byte) route.Outcome {
	return t.routes.Find(m, host, rawPath, path, method)
}

// Trace adds what Find touches for a request.
func (t *Table) Trace(to *runtime.Trail, host, path, method []byte) {
	t.routes.Trace(host, path, method, to.Add)
}

// Flavour returns the flavour of an app, or nil.
func (t *Table) Flavour(name string) *flavour.Flavour {
	if in := t.apps[name]; in != nil {
		return in.flavour
	}
	return nil
}

// Load returns how many runs of a function go on and how many calls wait.
func (t *Table) Load(name, function string) (running, queued int) {
	if in := t.apps[name]; in != nil {
		if f := in.function(function); f != nil {
			return f.fn.Load()
		}
	}
	return 0, 0
}

// sorted returns the apps by name.
func (t *Table) sorted() []*app {
	list := make([]*app, 0, len(t.apps))
	for _, in := range t.apps {
		list = append(list, in)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].name < list[j].name })
	return list
}
