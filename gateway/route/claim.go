package route

import (
	"bytes"
	"errors"
	"strings"

	"github.com/postern-dev/postern/abi/fault"
)

// claim is what an app owns: a host, a prefix, or every host.
type claim[T any] struct {
	app      *App[T]
	index    *index
	text     string
	prefix   int // bytes
	segments int // of the prefix
}

// claim enters what app owns.
func (t *Table[T]) claim(app *App[T], x *index) error {
	if len(app.Hosts) > 0 && app.Prefix != "" {
		return fault.New(fault.BadManifest, "app %s claims hosts and a prefix, it may have one of them", quote(app.Name))
	}
	if app.Prefix != "" {
		return t.claimPrefix(app, x)
	}
	if len(app.Hosts) > 0 {
		var errs []error
		for _, host := range app.Hosts {
			errs = append(errs, t.claimHost(app, x, host))
		}
		return errors.Join(errs...)
	}
	if t.every != nil {
		return conflict("every host", t.every.app.Name, app.Name)
	}
	t.every = &claim[T]{app: app, index: x, text: "every host"}
	return nil
}

func (t *Table[T]) claimHost(app *App[T], x *index, host string) error {
	name, err := ParseHost(host)
	if err != nil {
		return within(app.Name, err)
	}
	key, hosts := name, t.hosts
	if rest, ok := strings.CutPrefix(name, "*."); ok {
		key, hosts = rest, t.wild
	}
	c := &claim[T]{app: app, index: x, text: "host " + name}
	if other, ok := hosts[key]; ok {
		return conflict(c.text, other.app.Name, app.Name)
	}
	hosts[key] = c
	return nil
}

func (t *Table[T]) claimPrefix(app *App[T], x *index) error {
	prefix := app.Prefix
	if err := checkPrefix(prefix, prefix); err != nil {
		return within(app.Name, err)
	}
	c := &claim[T]{app: app, index: x, text: "prefix " + prefix, prefix: len(prefix), segments: strings.Count(prefix, "/")}
	if other, ok := t.prefixes[prefix]; ok {
		return conflict(c.text, other.app.Name, app.Name)
	}
	t.prefixes[prefix] = c
	t.deepest = max(t.deepest, c.segments)
	return nil
}

func conflict(what, owner, app string) error {
	if owner == app {
		return fault.New(fault.BadManifest, "app %s claims %s twice", quote(app), what)
	}
	return fault.New(fault.Conflict, "%s belongs to app %s already, app %s can't have it", what, quote(owner), quote(app)).
		WithHint("give one of the apps another host or prefix, or delete it")
}

// within says in which app err, a fault, was found.
func within(app string, err error) error {
	f := fault.Of(err)
	return fault.New(f.Code, "app %s: %s", quote(app), f.Message)
}

// findClaim returns the claim that the request falls under, or nil.
func (t *Table[T]) findClaim(m *Match[T], host, path []byte) *claim[T] {
	if len(t.hosts)+len(t.wild) > 0 && len(host) <= maxHost+len(".:65535") {
		m.host = appendHost(m.host[:0], host)
		if c := t.hosts[string(m.host)]; c != nil {
			return c
		}
		if len(t.wild) > 0 {
			for i, b := range m.host {
				if b != '.' || i == 0 {
					continue
				}
				if c := t.wild[string(m.host[i+1:])]; c != nil {
					return c
				}
			}
		}
	}
	if len(t.prefixes) > 0 {
		if c := t.findPrefix(path); c != nil {
			return c
		}
	}
	return t.every
}

// findPrefix returns the claim of the longest prefix of path, or nil.
func (t *Table[T]) findPrefix(path []byte) *claim[T] {
	var found *claim[T]
	depth := 0
	for i := 1; i <= len(path) && depth < t.deepest; i++ {
		if i < len(path) && path[i] != '/' {
			continue
		}
		depth++
		if c := t.prefixes[string(path[:i])]; c != nil {
			found = c
		}
	}
	return found
}

// skip returns path without its first segments, its first byte, the slash, when
// nothing is left.
func skip(path []byte, segments int) []byte {
	rest := path
	for range segments {
		i := bytes.IndexByte(rest[min(1, len(rest)):], '/')
		if i < 0 {
			return path[:min(1, len(path))]
		}
		rest = rest[1+i:]
	}
	return rest
}
