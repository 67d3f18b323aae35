package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/gateway/config"
)

// documented asks a node's admin API and holds every answer against the
// document that the node itself gives.
type documented struct {
	t      *testing.T
	node   *node
	router routers.Router
}

func readDocument(t *testing.T, n *node) *documented {
	t.Helper()
	a := ask(t, http.MethodGet, "http://"+n.adminAddr+"/v1/openapi.json", nil, nil)
	document, err := openapi3.NewLoader().LoadFromData([]byte(a.body))
	if err != nil {
		t.Fatal(err)
	}
	document.Servers = nil
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	return &documented{t, n, router}
}

func (d *documented) ask(method, path, kind string, body []byte, status int) {
	d.t.Helper()
	req, err := http.NewRequest(method, "http://"+d.node.adminAddr+path, bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+d.node.token(d.t))
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if res.StatusCode != status {
		d.t.Errorf("%s %s = %d %s, want %d", method, path, res.StatusCode, text, status)
	}
	route, params, err := d.router.FindRoute(req)
	if err != nil {
		d.t.Fatalf("%s %s: %v", method, path, err)
	}
	err = openapi3filter.ValidateResponse(d.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Status:                 res.StatusCode,
		Header:                 res.Header,
		Body:                   io.NopCloser(bytes.NewReader(text)),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		d.t.Errorf("%s %s = %d %s: %v", method, path, res.StatusCode, text, err)
	}
}

// reads are the requests that change nothing, of an app in service.
func (d *documented) reads(app string) {
	d.t.Helper()
	for _, path := range []string{
		"/v1/apps", "/v1/apps/APP", "/v1/apps/APP/versions", "/v1/apps/APP/functions", "/v1/apps/APP/routes", "/v1/apps/APP/logs",
		"/v1/routes", "/v1/explain?url=/", "/v1/explain?method=POST&url=http://nowhere.example/a", "/metrics", "/healthz", "/readyz",
	} {
		d.ask(http.MethodGet, strings.Replace(path, "APP", app, 1), "", nil, http.StatusOK)
	}
}

func TestNode_keepsToItsDocument(t *testing.T) {
	dir := t.TempDir()
	use := func(c *config.Server) { c.Data.Dir = dir }
	n := startTestNode(t, use)
	d := readDocument(t, n)
	d.ask(http.MethodGet, "/v1/apps", "", nil, 200)
	const zip = "application/zip"
	d.ask(http.MethodPost, "/v1/apps", zip, zipOf(t, appOf("greeter", ""), abitest.Hello()), 200)
	d.ask(http.MethodPost, "/v1/apps", zip, zipOf(t, appOf("greeter", `environment = { A = "b" }`), abitest.Hello()), 200)
	d.ask(http.MethodPost, "/v1/apps", zip, zipOf(t, appOf("greeter", `environment = { A = "b" }`), abitest.Hello()), 200)
	get(t, n, "/")
	d.reads("greeter")
	d.ask(http.MethodPost, "/v1/apps/greeter/functions/f/invoke", "application/json", []byte(`{}`), 200)
	d.ask(http.MethodPost, "/v1/apps/greeter/functions/g/invoke", "application/json", []byte(`{}`), 404)
	d.ask(http.MethodPost, "/v1/apps/greeter/rollback", "", nil, 200)
	d.ask(http.MethodPost, "/v1/apps/greeter/rollback", "application/json", []byte(`{"version":"ffffffff"}`), 404)
	d.ask(http.MethodPost, "/v1/apps/greeter/rollback", "application/json", []byte(`{"version":"f"}`), 400)
	d.ask(http.MethodGet, "/v1/explain?url=/%2e%2e/x", "", nil, 400)

	for name, refused := range map[string]struct {
		archive []byte
		status  int
	}{
		"not a zip":         {[]byte("PK"), 422},
		"mistakes":          {zipOf(t, appOf("greeter", "colour = 1\nmemory = \"x\""), abitest.Hello()), 422},
		"not wasm":          {zipOf(t, appOf("greeter", ""), abitest.NotWasm()), 422},
		"component":         {zipOf(t, appOf("greeter", ""), abitest.Component()), 422},
		"truncated":         {zipOf(t, appOf("greeter", ""), abitest.Truncated()), 422},
		"no alloc":          {zipOf(t, appOf("greeter", ""), abitest.Without("postern_alloc")), 422},
		"unknown import":    {zipOf(t, appOf("greeter", ""), abitest.UnknownImport("env", "abort")), 422},
		"large memory":      {zipOf(t, appOf("greeter", ""), abitest.HugeMemory(60_000)), 422},
		"fails to start":    {zipOf(t, appOf("greeter", ""), abitest.StartTrap()), 422},
		"address is taken":  {zipOf(t, appOf("second", ""), abitest.Hello()), 409},
		"no module":         {zipOf(t, strings.Replace(appOf("greeter", ""), "f.wasm", "g.wasm", 1), abitest.Hello()), 422},
		"manifest in UTF-8": {zipOf(t, "[app]\nname = \"\xff\"", abitest.Hello()), 422},
	} {
		t.Log(name)
		d.ask(http.MethodPost, "/v1/apps", zip, refused.archive, refused.status)
	}

	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n.gateway, n.admin, n.engine, n.registry, n.cancel = nil, nil, nil, nil, nil
	again := readDocument(t, startTestNode(t, use))
	again.reads("greeter") // before anything is loaded
	again.ask(http.MethodDelete, "/v1/apps/greeter", "", nil, 204)
	again.ask(http.MethodDelete, "/v1/apps/greeter", "", nil, 404)
}
