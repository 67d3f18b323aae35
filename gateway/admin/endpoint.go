package admin

import (
	"net/url"
	"slices"
	"strings"
)

// access says who may use an endpoint.
type access int

const (
	withToken access = iota // only who sends the bearer token
	open                    // anybody who reaches the listener
)

// endpoint is one row of the API: a method on a path, {x} standing for one
// segment of the path.
type endpoint struct {
	method string
	path   string
	access access
	serve  func(*Server, *exchange) error
}

// endpoints is the whole API in reading order. openapi.json has the same rows,
// and a test holds one against the other.
func endpoints() []endpoint {
	return []endpoint{
		{"POST", "/v1/apps", withToken, (*Server).deploy},
		{"GET", "/v1/apps", withToken, (*Server).listApps},
		{"GET", "/v1/apps/{app}", withToken, (*Server).getApp},
		{"DELETE", "/v1/apps/{app}", withToken, (*Server).deleteApp},
		{"GET", "/v1/apps/{app}/versions", withToken, (*Server).listVersions},
		{"POST", "/v1/apps/{app}/rollback", withToken, (*Server).rollback},
		{"GET", "/v1/apps/{app}/functions", withToken, (*Server).listFunctions},
		{"POST", "/v1/apps/{app}/functions/{function}/invoke", withToken, (*Server).invoke},
		{"GET", "/v1/apps/{app}/routes", withToken, (*Server).listRoutes},
		{"GET", "/v1/apps/{app}/logs", withToken, (*Server).logs},
		{"GET", "/v1/routes", withToken, (*Server).listRoutes},
		{"GET", "/v1/explain", withToken, (*Server).explain},
		{"GET", "/metrics", withToken, (*Server).metrics},
		{"GET", "/v1/openapi.json", open, (*Server).openapi},
		{"GET", "/healthz", open, (*Server).healthy},
		{"GET", "/readyz", open, (*Server).ready},
	}
}

// find returns the endpoint for a request. When only the method is wrong the
// endpoint is nil and allowed lists the right ones; when the path is unknown
// both are nil. HEAD goes where GET goes.
func find(table []endpoint, method, rawPath string) (found *endpoint, params map[string]string, allowed []string) {
	if method == "HEAD" {
		method = "GET"
	}
	segments := strings.Split(rawPath, "/")
	for i := range table {
		taken, ok := match(table[i].path, segments)
		if !ok {
			continue
		}
		if table[i].method == method {
			return &table[i], taken, nil
		}
		allowed = append(allowed, table[i].method)
		if table[i].method == "GET" {
			allowed = append(allowed, "HEAD")
		}
	}
	slices.Sort(allowed)
	return nil, nil, allowed
}

// match reports whether the raw segments fit the pattern, with the variables
// they give, decoded.
func match(pattern string, segments []string) (map[string]string, bool) {
	wanted := strings.Split(pattern, "/")
	if len(wanted) != len(segments) {
		return nil, false
	}
	var params map[string]string
	for i, want := range wanted {
		name, variable := strings.CutPrefix(want, "{")
		if !variable {
			if segments[i] != want {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil || value == "" {
			return nil, false
		}
		if params == nil {
			params = make(map[string]string, 2)
		}
		params[strings.TrimSuffix(name, "}")] = value
	}
	return params, true
}
