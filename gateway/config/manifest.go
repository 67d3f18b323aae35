package config

import (
	"maps"
	"slices"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/route"
)

// ManifestName is the name of the manifest's file in messages.
const ManifestName = "postern.toml"

// Manifest is what postern.toml says of an app, with every default filled in.
type Manifest struct {
	App       App
	Functions []Function // in the order of the file, one at least
	Routes    []Route    // in the order of the file
}

// App is the section [app].
type App struct {
	Name      string
	Flavour   string
	Hosts     []string // as route.ParseHost returns them; with a prefix, none
	Prefix    string   // as route.ParsePrefix returns it; "" for none
	Stage     string   // of the routes that name no other
	ServiceID string   // "" when the flavour is to make one
}

// FindFunction returns the function called name, nil when there is none.
func (m *Manifest) FindFunction(name string) *Function {
	for i := range m.Functions {
		if m.Functions[i].Name == name {
			return &m.Functions[i]
		}
	}
	return nil
}

// ReadManifest reads a manifest. flavours are those that an app may have, by
// name, with their defaults; an app that names none has "scf". An error is a
// *Complaints and wraps a fault.BadManifest with the same text.
func ReadManifest(text []byte, flavours map[string]Defaults) (*Manifest, error) {
	r, top := open(ManifestName, fault.BadManifest, text)
	if err := r.err(); err != nil {
		return nil, err
	}
	m := &Manifest{}
	app := top.sub("app")
	d := readApp(app, &m.App, flavours)
	for _, t := range top.subs("function") {
		m.Functions = append(m.Functions, readFunction(t, d))
	}
	checkFunctions(r, m.Functions)
	paths := map[string]string{}
	for _, t := range top.subs("route") {
		m.Routes = append(m.Routes, readRoute(t, m, d, paths))
	}
	top.close()
	if err := r.err(); err != nil {
		return nil, err
	}
	return m, nil
}

// readApp reads [app] and returns the defaults of its flavour.
func readApp(t *table, app *App, flavours map[string]Defaults) Defaults {
	if t.need("name", &app.Name, "the app needs a name") && !validAppName(app.Name) {
		t.complain("name", "%q must be 1 to 63 lower-case letters, digits or '-', the first not a '-'", app.Name)
	}
	app.Flavour = "scf"
	t.oneOf("flavour", &app.Flavour, slices.Sorted(maps.Keys(flavours))...)
	d, ok := flavours[app.Flavour]
	if !ok {
		d = DefaultFunction()
		d.Payload = "2.0" // one complaint is enough
		if t.values["flavour"] == nil {
			t.complain("flavour", "is missing: it must be %s", either(slices.Sorted(maps.Keys(flavours))))
		}
	}
	if d.ParsePath == nil {
		d.ParsePath = route.ParseSCF
	}
	readHosts(t, app)
	app.Stage = d.Stage
	readStage(t, &app.Stage)
	d.Stage = app.Stage
	if t.str("service_id", &app.ServiceID) && !validWord(app.ServiceID) {
		t.complain("service_id", "%q must be 1 to 64 letters, digits, '-' or '_'", app.ServiceID)
	}
	t.close()
	return d
}

func readHosts(t *table, app *App) {
	hosts, _ := t.list("hosts")
	for i, host := range hosts {
		key := element(t.at("hosts"), i)
		name, err := route.ParseHost(host)
		switch {
		case err != nil:
			t.r.complain(key, "%s", fault.Of(err).Message)
		case slices.Contains(app.Hosts, name):
			t.r.complain(key, "host %q is there twice", host)
		default:
			app.Hosts = append(app.Hosts, name)
		}
	}
	var prefix string
	if !t.str("prefix", &prefix) {
		return
	}
	var err error
	if app.Prefix, err = route.ParsePrefix(prefix); err != nil {
		t.complain("prefix", "%s", fault.Of(err).Message)
	}
	if len(hosts) > 0 {
		t.complain("prefix", "an app has hosts or a prefix, not both")
	}
}

func readStage(t *table, stage *string) {
	if t.str("stage", stage) && !validWord(*stage) {
		t.complain("stage", "%q must be 1 to 64 letters, digits, '-' or '_'", *stage)
	}
}

// validAppName reports whether s can be a label of a host and a folder.
func validAppName(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c != '-' || i == 0) {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 63
}

// validWord reports whether s is 1 to 64 letters, digits, '-' or '_'.
func validWord(s string) bool {
	for i := range len(s) {
		if !isBare(s[i]) {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 64
}
