package deploy

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/route"
)

// Explain says which route a request takes, what applies to it, and why. The
// URL may lack scheme and host; then it is looked up as for any host.
func (a *Apps) Explain(method, rawURL string) (*Explanation, error) {
	if method == "" {
		method = "GET"
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%q is no URL", rawURL)
	}
	raw := u.EscapedPath()
	if raw == "" {
		raw = "/"
	}
	path, err := route.AppendCanonical(nil, []byte(raw))
	if err != nil {
		return nil, err
	}
	x := &Explanation{Method: method, URL: rawURL}
	table := a.table.Load()
	var m route.Match[*Target]
	outcome := table.Find(&m, []byte(u.Host), []byte(raw), path, []byte(method))
	x.say("the path in canonical form is %s", path)
	if outcome == route.NoHost {
		x.say("no app claims host %q or a prefix of the path, and none takes every host", u.Host)
		return x, nil
	}
	in := table.apps[m.App]
	x.Version = in.version
	x.say("app %s owns the address by %s; its flavour is %s, its version %s", m.App, m.Claim, in.flavour.Name, short(in.version))
	switch outcome {
	case route.NoPath:
		x.say("none of its %d routes takes %s", len(in.rules), m.Path)
		return x, nil
	case route.NoMethod:
		x.say("routes take the path, but only for %s", strings.Join(m.Allow, ", "))
		return x, nil
	}
	x.explainTarget(in, u.Host, &m)
	return x, nil
}

// explainTarget adds what is known once the route is found.
func (x *Explanation) explainTarget(in *app, host string, m *route.Match[*Target]) {
	t := m.Target
	f := in.function(t.Route.Function)
	if len(in.manifest.App.Hosts) == 0 {
		host = "*"
	}
	listed, function := in.listRoute(host, t), f.list()
	x.Found, x.Route, x.Function = true, &listed, &function
	x.say("%s %s is the strongest route that takes it (%s)", strings.Join(listed.Methods, ","), t.Route.Path, m.Pattern.Kind())
	for _, p := range m.Params {
		if x.Params == nil {
			x.Params = make(map[string]string, len(m.Params))
		}
		x.Params[p.Name] = string(p.Value)
		x.say("{%s} is %q", p.Name, p.Value)
	}
	x.say("function %s runs it with %d MiB of memory, %s of CPU and %s in all",
		function.Name, function.Memory>>20, f.spec.CPU, f.spec.RunLimit)
	x.say("%d run at once, %d wait; then the answer is busy", function.Concurrency, function.Backlog)
	x.say("the client waits %s for each of %d attempts, %s in all, then the answer is timeout",
		t.Policy.Patience, t.Policy.Attempts, t.Policy.Patience*time.Duration(t.Policy.Attempts))
	running, queued := f.fn.Load()
	x.say("right now %d run and %d wait", running, queued)
	switch {
	case function.Isolation == "warm":
		x.say("memory is kept between calls: isolation is warm")
	case function.Reset == "":
		x.say("the module is not loaded yet: the first call loads it")
	default:
		x.say("memory is made clean for every call by: %s", function.Reset)
	}
	if function.Reason != "" {
		x.say("it is not made clean in the fastest way because %s", function.Reason)
	}
	switch {
	case function.Primed:
		x.say("every call starts from memory that has answered %s", function.Priming)
	case function.Priming != "":
		x.say("its memory was not primed: %s", function.Priming)
	}
}

func (x *Explanation) say(format string, args ...any) {
	x.Steps = append(x.Steps, fmt.Sprintf(format, args...))
}

// short is a digest as people read it.
func short(digest string) string {
	return digest[:min(12, len(digest))]
}
