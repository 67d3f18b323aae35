package config

import (
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/route"
)

// methodAny is how a route says that it takes every method.
const methodAny = "ANY"

// Route is one [[route]].
type Route struct {
	Pattern    route.Pattern
	Methods    []string // in the order of the file; nil means every method
	Function   string   // name of a function of the manifest
	Integrated bool     // the reply is {isBase64Encoded, statusCode, headers, body}
	Patience   time.Duration
	Attempts   int
	Stage      string
	Canonical  bool   // header names in Canonical-Case instead of lower case
	Payload    string // "1.0" or "2.0"; "" when the flavour has one format only

	Base64      bool         // bodies reach the function base64-encoded ...
	Base64Rules []Base64Rule // ... when there are no rules, or any of them matches
	Params      []Param      // those that the manifest declares
}

// Base64Rule selects requests by a header that contains one of its values.
type Base64Rule struct {
	Header string // "Accept" or "Content_Type"
	Values []string
}

// Param is a parameter that a route declares.
type Param struct {
	Name     string
	Position string // "PATH", "QUERY" or "HEADER"
	Required bool
	Default  string
}

// readRoute reads one [[route]]. taken holds, by method and shape of path, the
// keys of the routes before.
func readRoute(t *table, m *Manifest, d Defaults, taken map[string]string) Route {
	r := Route{
		Integrated: d.Integrated, Patience: d.Patience, Attempts: d.Attempts,
		Stage: d.Stage, Canonical: d.Canonical, Payload: d.Payload,
	}
	r.Methods = readMethods(t)
	if readPattern(t, &r, d) {
		checkTaken(t, &r, taken)
	}
	if t.need("function", &r.Function, "name the function that the route leads to") {
		if f := m.FindFunction(r.Function); f != nil {
			r.Patience, r.Attempts = f.Patience, f.Attempts
		} else {
			t.complain("function", "there is no function %q", r.Function)
		}
	}
	t.boolean("integrated", &r.Integrated)
	t.duration("patience", &r.Patience, minTime, maxPatience)
	t.integer("attempts", &r.Attempts, 1, maxAttempts)
	readStage(t, &r.Stage)
	var headers string
	if t.oneOf("headers", &headers, "lower", "canonical") {
		r.Canonical = headers == "canonical"
	}
	readPayload(t, &r, d)
	readBase64(t, &r)
	r.Params = readParams(t, r.Pattern.Vars())
	t.close()
	return r
}

func readPattern(t *table, r *Route, d Defaults) bool {
	var text string
	if !t.need("path", &text, "say which path the route serves") {
		return false
	}
	var err error
	if r.Pattern, err = d.ParsePath(text); err != nil {
		t.complain("path", "%s", fault.Of(err).Message)
		return false
	}
	return true
}

func readMethods(t *table) []string {
	values, ok := t.words("method")
	if !ok {
		return nil
	}
	known := []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}
	var methods []string
	for _, v := range values {
		method := strings.ToUpper(v)
		switch {
		case method == methodAny && len(values) == 1:
			return nil
		case method == methodAny:
			t.complain("method", "ANY takes every method, name no others beside it")
		case !slices.Contains(known, method):
			t.complain("method", "%q must be %s", v, either(append(known, methodAny)))
		case slices.Contains(methods, method):
			t.complain("method", "%s is there twice", method)
		default:
			methods = append(methods, method)
		}
	}
	if len(values) == 0 {
		t.complain("method", "is empty: name a method, or leave it out to take every one")
	}
	return methods
}

// checkTaken complains when a route before has the same path and method.
func checkTaken(t *table, r *Route, taken map[string]string) {
	methods := r.Methods
	if methods == nil {
		methods = []string{methodAny}
	}
	for _, method := range methods {
		id := method + " " + r.Pattern.Key()
		if other, ok := taken[id]; ok {
			t.complain("path", "%s %q is the same as %s; case and the names of variables don't count",
				method, r.Pattern, other)
			continue
		}
		taken[id] = t.key
	}
}

func readPayload(t *table, r *Route, d Defaults) {
	if d.Payload == "" {
		if t.value("payload") != nil {
			t.complain("payload", "this flavour has one format of events only, leave it out")
		}
		return
	}
	t.oneOf("payload", &r.Payload, "1.0", "2.0")
}
