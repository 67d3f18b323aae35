package deploy

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/gateway/flavour"
	"github.com/postern-dev/postern/gateway/flavour/lambda"
	"github.com/postern-dev/postern/gateway/flavour/scf"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/runtime/registry"
)

// appOf returns the app of a manifest, out of service.
func appOf(t *testing.T, manifest string) *app {
	t.Helper()
	a := &Apps{opt: Options{Flavours: []flavour.Flavour{scf.New(), lambda.New()}, Log: zerolog.Nop()}}
	in, err := a.plan(registry.Version{App: "shop", Digest: "0123456789abcdef", Manifest: []byte(manifest), Modules: map[string]string{"f": "m"}})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// guesses returns what is made up for the function f of a manifest.
func guesses(t *testing.T, manifest string) []runtime.Guess {
	t.Helper()
	if f := appOf(t, manifest).function("f"); f.spec.Guess != nil {
		return f.spec.Guess()
	}
	return nil
}

const shop = "[app]\nname = \"shop\"\n%app%\n[[function]]\nname = \"f\"\nmodule = \"f.wasm\"\n%f%\n[[function]]\nname = \"g\"\nmodule = \"g.wasm\"\n"

// shopWith is the manifest of a shop with these keys and routes.
func shopWith(app, f, routes string) string {
	text := bytes.ReplaceAll([]byte(shop), []byte("%app%"), []byte(app))
	return string(bytes.ReplaceAll(text, []byte("%f%"), []byte(f))) + routes
}

func routeTo(function, method, path string) string {
	text := "[[route]]\nfunction = \"" + function + "\"\npath = \"" + path + "\"\n"
	if method != "" {
		text += "method = " + method + "\n"
	}
	return text
}

func TestGuess_isMadeOfRoutesThatChangeNothing(t *testing.T) {
	for name, test := range map[string]struct {
		app, f, routes string
		want           []string
	}{
		"any method":      {"", "", routeTo("f", "", "/"), []string{"GET /"}},
		"variables":       {"", "", routeTo("f", `"GET"`, "/a/{id}/{rest+}"), []string{"GET /a/sample/sample"}},
		"several methods": {"", "", routeTo("f", `["POST", "GET"]`, "=/a"), []string{"GET /a"}},
		"only the head":   {"", "", routeTo("f", `"HEAD"`, "^~/a"), []string{"HEAD /a"}},
		"only changes":    {"", "", routeTo("f", `["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]`, "/a"), nil},
		"other functions": {"", "", routeTo("g", "", "/a"), nil},
		"no samples":      {"", "prime = []", routeTo("f", "", "/"), nil},
		"samples":         {"", "prime = ['{}']", routeTo("f", "", "/"), nil},
		"a prefix":        {`prefix = "/m%C3%BC"`, "", routeTo("f", "", "/ä/%3F"), []string{"GET /m%C3%BC/%C3%A4/%3F"}},
		"encoded prefix":  {`prefix = "/my%20shop/%3F%25"`, "", routeTo("f", "", "/a"), []string{"GET /my%20shop/%3F%25/a"}},
		"lambda":          {`flavour = "lambda"`, "", routeTo("f", "", "$default") + routeTo("f", "", "/a/{id}"), []string{"GET /", "GET /a/sample"}},
		"a stronger route": {`flavour = "lambda"`, "", routeTo("f", "", "/{id}") + routeTo("g", "", "/sample") + routeTo("f", "", "/b"),
			[]string{"GET /b"}},
		"no more than four": {"", "", routeTo("f", "", "/1") + routeTo("f", "", "/2") + routeTo("f", "", "/3") + routeTo("f", "", "/4") + routeTo("f", "", "/5"),
			[]string{"GET /1", "GET /2", "GET /3", "GET /4"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, g := range guesses(t, shopWith(test.app, test.f, test.routes)) {
				got = append(got, g.Name)
				for _, s := range []runtime.Sample{g.First, g.Second} {
					if !json.Valid(s.Event) || !json.Valid(s.Context) {
						t.Errorf("event %s, context %s", s.Event, s.Context)
					}
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// madeUp is what the two requests of a guess must look like.
type madeUp struct {
	Path    string            `json:"path"`
	Method  string            `json:"httpMethod"`
	Params  map[string]string `json:"pathParameters"`
	Query   map[string]string `json:"queryString"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Context struct {
		RequestID string `json:"requestId"`
		SourceIP  string `json:"sourceIp"`
		Stage     string `json:"stage"`
	} `json:"requestContext"`
}

func readMadeUp(t *testing.T, s runtime.Sample) (m madeUp) {
	t.Helper()
	if err := json.Unmarshal(s.Event, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// Whatever a function might keep of the first request must show at the second.
func TestGuess_differsInAllThatClientsChoose(t *testing.T) {
	const params = "[[route.param]]\nname = \"page\"\nposition = \"QUERY\"\nrequired = true\n" +
		"[[route.param]]\nname = \"X-Shelf\"\nposition = \"HEADER\"\nrequired = true\n"
	for name, hosts := range map[string][2]string{
		``:                                   {"sample.example", "another.example"},
		`hosts = ["shop.test"]`:              {"shop.test", "shop.test"},
		`hosts = ["shop.test", "*.shop.de"]`: {"shop.test", "another.shop.de"},
	} {
		t.Run(name, func(t *testing.T) {
			all := guesses(t, shopWith(name, "", routeTo("f", "", "/books/{id}")+params))
			if len(all) != 1 {
				t.Fatalf("%d guesses, want 1", len(all))
			}
			a, b := readMadeUp(t, all[0].First), readMadeUp(t, all[0].Second)
			if a.Path != "/books/sample" || b.Path != "/books/another" || a.Params["id"] != "sample" || b.Params["id"] != "another" {
				t.Errorf("paths %q, %q with %v, %v", a.Path, b.Path, a.Params, b.Params)
			}
			if a.Headers["host"] != hosts[0] || b.Headers["host"] != hosts[1] {
				t.Errorf("hosts %q, %q, want %q", a.Headers["host"], b.Headers["host"], hosts)
			}
			if a.Query["page"] != "sample" || b.Query["page"] != "another" || a.Headers["x-shelf"] != "sample" || b.Headers["x-shelf"] != "another" {
				t.Errorf("%s and %s lack the parameters that the route needs", all[0].First.Event, all[0].Second.Event)
			}
			if a.Context.RequestID == b.Context.RequestID || a.Context.SourceIP == b.Context.SourceIP || a.Headers["user-agent"] == b.Headers["user-agent"] ||
				bytes.Equal(all[0].First.Context, all[0].Second.Context) {
				t.Errorf("%s and %s have something in common", all[0].First.Event, all[0].Second.Event)
			}
			if a.Method != "GET" || a.Body != "" || a.Context.Stage != "release" {
				t.Errorf("got %s", all[0].First.Event)
			}
		})
	}
}
