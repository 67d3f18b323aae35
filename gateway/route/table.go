package route

import (
	"bytes"
	"errors"
	"strings"

	"github.com/postern-dev/postern/abi/fault"
)

// App is an app with its claim on requests and its rules. It claims hosts or a
// prefix, not both; with neither it claims every host that nobody else has.
type App[T any] struct {
	Name   string
	Hosts  []string // see ParseHost
	Prefix string   // as ParsePrefix returns it; taken off the path before rules are looked up
	Rules  []Rule[T]
}

// Rule leads from a pattern and methods to a target.
type Rule[T any] struct {
	Pattern Pattern
	Methods []string // nil or with "ANY": every method
	Target  T
}

// Table finds rules. It is immutable and safe for concurrent use; its owner
// swaps it whole.
type Table[T any] struct {
	hosts    map[string]*claim[T]
	wild     map[string]*claim[T] // by what follows "*."
	prefixes map[string]*claim[T]
	deepest  int // segments of the longest prefix
	every    *claim[T]
}

// New returns the table of apps. All complaints come at once, joined, each a
// *fault.Error: Conflict for a name, host, prefix or "every host" that two apps
// claim, BadManifest for what is wrong within one app. The table keeps apps,
// which must not be changed any more.
func New[T any](apps []App[T]) (*Table[T], error) {
	t := &Table[T]{
		hosts:    map[string]*claim[T]{},
		wild:     map[string]*claim[T]{},
		prefixes: map[string]*claim[T]{},
	}
	var errs []error
	names := map[string]bool{}
	for i := range apps {
		app := &apps[i]
		if names[app.Name] {
			errs = append(errs, fault.New(fault.Conflict, "there are two apps %s", quote(app.Name)))
			continue
		}
		names[app.Name] = true
		x, err := newIndex(app)
		errs = append(errs, err, t.claim(app, x))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return t, nil
}

// newIndex enters the rules of app and complains of those that are there twice.
func newIndex[T any](app *App[T]) (*index, error) {
	x := &index{exact: map[string]*leaf{}}
	taken := map[string]string{}
	var errs []error
	for i, r := range app.Rules {
		l := x.insert(r.Pattern)
		methods := r.Methods
		if len(methods) == 0 {
			methods = []string{methodAny}
		}
		for _, m := range methods {
			if strings.EqualFold(m, methodAny) {
				m = methodAny
			}
			key := strings.ToUpper(m) + " " + r.Pattern.Key()
			if other, ok := taken[key]; ok {
				errs = append(errs, fault.New(fault.BadManifest, "app %s: %s %s is there twice, the other time as %s",
					quote(app.Name), m, quote(r.Pattern.text), quote(other)).
					WithHint("letters compare without case here, and the names of variables don't count"))
				continue
			}
			taken[key] = r.Pattern.text
			l.add(m, i)
		}
	}
	return x, errors.Join(errs...)
}

// Find looks up the rule for a request and writes it to m, appending to
// m.Params. host is the Host header; rawPath is the path as sent and path the
// same path canonical, see [AppendCanonical]. It allocates nothing when m was
// used before, but for variables that hold %2F or %25.
func (t *Table[T]) Find(m *Match[T], host, rawPath, path, method []byte) Outcome {
	var zero T
	m.App, m.Claim, m.Pattern, m.Target = "", "", Pattern{}, zero
	m.RawPath, m.Path, m.Allow = rawPath, path, m.Allow[:0]
	if len(path) == 0 || path[0] != '/' {
		return NoHost
	}
	c := t.findClaim(m, host, path)
	if c == nil {
		return NoHost
	}
	m.App, m.Claim = c.app.Name, c.text
	m.RawPath, m.Path = skip(rawPath, c.segments), skip(path, c.segments)
	rule := m.find(c.index, method)
	if rule != none {
		r := &c.app.Rules[rule]
		saw(&m.search, r)
		m.Pattern, m.Target, m.Allow = r.Pattern, r.Target, m.Allow[:0]
		if r.Pattern.kind == Template {
			m.Params = m.search.appendParams(m.Params, r.Pattern.tokens)
		}
		return Found
	}
	if len(m.Allow) > 0 {
		return NoMethod
	}
	return NoPath
}

// find runs the search with the room of m.
func (m *Match[T]) find(x *index, method []byte) int {
	if bytes.Count(m.Path, []byte{'/'}) > MaxSegments {
		return none
	}
	s := &m.search
	s.path, s.method, s.allow = m.Path, method, m.Allow
	rule := x.find(s)
	s.method, m.Allow, s.allow = nil, s.allow, nil
	return rule
}
