package admin

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/deploy"
	"github.com/postern-dev/postern/runtime/journal"
)

const testToken = "0123456789abcdef0123456789abcdef"

// shelf keeps apps in memory and runs nothing: a call gives its event back.
type shelf struct {
	mu       sync.Mutex
	versions map[string][]deploy.Version // the one in service last
	bundles  []map[string]string         // every bundle that was taken
	fail     error                       // given instead of doing anything
	gate     chan struct{}               // when not nil, Deploy waits for it
	entered  chan struct{}               // told when Deploy waits
}

// failWith makes Deploy and Invoke give err from now on.
func (s *shelf) failWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func (s *shelf) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fail
}

var nameLine = regexp.MustCompile(`(?m)^name = "([^"]+)"`)

func (s *shelf) Deploy(ctx context.Context, b *deploy.Bundle) (*deploy.Report, error) {
	if s.gate != nil {
		s.entered <- struct{}{}
		<-s.gate
	}
	if err := s.failure(); err != nil {
		return nil, err
	}
	files := map[string]string{}
	for name, file := range b.Files {
		text, err := readFile(file)
		if err != nil {
			return nil, err
		}
		files[name] = text
	}
	name := nameLine.FindStringSubmatch(files[deploy.ManifestFile])
	if name == nil {
		return nil, fault.New(fault.BadManifest, "no name")
	}
	if b.App != "" && b.App != name[1] {
		return nil, fault.New(fault.Invalid, "the manifest is of %s, not of %s", name[1], b.App)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bundles = append(s.bundles, files)
	return s.putLocked(name[1], fmt.Sprintf("v%d", len(s.bundles))), nil
}

func readFile(file deploy.File) (string, error) {
	var text string
	for range 2 { // a file can be opened more than once
		r, err := file.Open()
		if err != nil {
			return "", err
		}
		content, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			return "", err
		}
		if text = string(content); int64(len(text)) != file.Bytes {
			return "", fmt.Errorf("%d bytes, want %d", len(text), file.Bytes)
		}
	}
	return text, nil
}

func (s *shelf) putLocked(app, version string) *deploy.Report {
	if s.versions == nil {
		s.versions = map[string][]deploy.Version{}
	}
	report := &deploy.Report{App: app, Version: version, Functions: functionsOf(), Routes: routesOf(app)}
	for i := range s.versions[app] {
		if s.versions[app][i].Current {
			report.Previous = s.versions[app][i].Version
		}
		s.versions[app][i].Current = false
	}
	s.versions[app] = append(s.versions[app], deploy.Version{App: app, Version: version, Created: time.Unix(1, 0).UTC(), Current: true})
	return report
}

func (s *shelf) Rollback(_ context.Context, app, version string) (*deploy.Report, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.versions[app]
	if version == "" && len(kept) > 1 {
		version = kept[len(kept)-2].Version
	}
	if !slices.ContainsFunc(kept, func(v deploy.Version) bool { return v.Version == version }) {
		return nil, fault.New(fault.NotFound, "%s has no version %q", app, version)
	}
	return s.putLocked(app, version), nil
}

func (s *shelf) Delete(_ context.Context, app string) error {
	if _, err := s.Versions(context.Background(), app); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.versions, app)
	return nil
}

func (s *shelf) Apps() []deploy.App {
	s.mu.Lock()
	defer s.mu.Unlock()
	var apps []deploy.App
	for name, kept := range s.versions {
		apps = append(apps, deploy.App{Name: name, Flavour: "scf", Version: kept[len(kept)-1].Version, Functions: 1, Routes: 1})
	}
	slices.SortFunc(apps, func(a, b deploy.App) int { return strings.Compare(a.Name, b.Name) })
	return apps
}

func (s *shelf) Versions(_ context.Context, app string) ([]deploy.Version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.versions[app]
	if !ok {
		return nil, fault.New(fault.NotFound, "there is no app %q", app)
	}
	kept = slices.Clone(kept)
	slices.Reverse(kept)
	return kept, nil
}

func (s *shelf) Functions(app string) ([]deploy.Function, error) {
	_, err := s.Versions(context.Background(), app)
	if err != nil {
		return nil, err
	}
	return functionsOf(), nil
}

func (s *shelf) Routes(app string) ([]deploy.Route, error) {
	if app != "" {
		_, err := s.Versions(context.Background(), app)
		return routesOf(app), err
	}
	var all []deploy.Route
	for _, app := range s.Apps() {
		all = append(all, routesOf(app.Name)...)
	}
	return all, nil
}

func (s *shelf) Explain(method, url string) (*deploy.Explanation, error) {
	return &deploy.Explanation{Method: method, URL: url, Steps: []string{"no app has this host"}}, nil
}

func (s *shelf) Invoke(_ context.Context, app, function string, event []byte) (*deploy.Invocation, error) {
	if function == "panics" {
		panic("a secret")
	}
	if err := s.failure(); err != nil {
		return nil, err
	}
	return &deploy.Invocation{RequestID: "r1", Version: "v1", Reply: string(event)}, nil
}

func functionsOf() []deploy.Function {
	return []deploy.Function{{Name: "hello", Module: "m1", Kind: "function", Memory: 64 << 20, Concurrency: 8, Isolation: "clean"}}
}

func routesOf(app string) []deploy.Route {
	return []deploy.Route{{App: app, Host: "*", Path: "/greet", Methods: []string{"ANY"}, Function: "hello", Attempts: 3, PatienceMs: 60_000}}
}

// desk is a server with a client that holds every exchange against openapi.json.
type desk struct {
	t       *testing.T
	server  *Server
	url     string
	spool   string
	journal *journal.Journal
	router  routers.Router
	client  *http.Client
}

// newDesk starts a server with small limits; change may alter its options.
func newDesk(t *testing.T, apps Apps, change func(*Options)) *desk {
	t.Helper()
	lines := journal.New(journal.Default())
	limits := DefaultLimits()
	limits.MaxUpload, limits.MaxModule, limits.MaxUnpacked, limits.MaxFiles = 64<<10, 128<<10, 256<<10, 8
	limits.Linger.Wait = 200 * time.Millisecond
	o := Options{
		Token: testToken, Spool: t.TempDir(), Version: "test", Limits: limits, Apps: apps, Journal: lines,
		Metrics: func(w io.Writer) { _, _ = io.WriteString(w, "postern_calls_total 1\n") },
		Ready:   func() error { return nil },
		Log:     zerolog.Nop(),
	}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	d := &desk{t: t, server: s, url: "http://" + ln.Addr().String(), spool: o.Spool, journal: lines, router: documentRouter(t), client: &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(func() {
		d.client.CloseIdleConnections()
		if err := s.Shutdown(context.Background()); err != nil {
			t.Errorf("shut down: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		d.wantEmptySpool()
	})
	return d
}

func documentRouter(t *testing.T) routers.Router {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(openapiDocument)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	document.Servers = nil // the tests have ports of their own
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// do sends a request with the token unless it has an Authorization of its own,
// and returns the answer with its whole body.
func (d *desk) do(req *http.Request) (*http.Response, string) {
	d.t.Helper()
	res := d.start(req)
	text, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		d.t.Fatal(err)
	}
	d.validate(req, res, text)
	return res, string(text)
}

// start sends a request and returns the answer with its body unread.
func (d *desk) start(req *http.Request) *http.Response {
	d.t.Helper()
	if _, set := req.Header["Authorization"]; !set {
		req.Header.Set("Authorization", "Bearer "+testToken)
	}
	res, err := d.client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	return res
}

// validate holds an exchange against the document. What the document doesn't
// list, an unknown path or method, has to be refused in the usual form.
func (d *desk) validate(req *http.Request, res *http.Response, text []byte) {
	d.t.Helper()
	if res.Header.Get("X-Request-Id") == "" {
		d.t.Errorf("%s %s: the answer has no request id", req.Method, req.URL.Path)
	}
	asked := req.Clone(context.Background())
	if asked.Method == http.MethodHead {
		return // no body to check
	}
	route, params, err := d.router.FindRoute(asked)
	if err != nil {
		if res.StatusCode < 400 {
			d.t.Errorf("%s %s answers %d and is not in the document", req.Method, req.URL.Path, res.StatusCode)
		}
		d.refusal(string(text))
		return
	}
	input := &openapi3filter.RequestValidationInput{
		Request: asked, PathParams: params, Route: route,
		Options: &openapi3filter.Options{ExcludeRequestBody: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if res.StatusCode < 300 {
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			d.t.Errorf("%s %s was taken, and the document forbids it: %v", req.Method, req.URL, err)
		}
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: res.StatusCode, Header: res.Header, Body: io.NopCloser(bytes.NewReader(text)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: res.Header.Get("Content-Type") == "text/event-stream"},
	})
	if err != nil {
		d.t.Errorf("%s %s answers %d with %s: %v", req.Method, req.URL, res.StatusCode, text, err)
	}
}

func (d *desk) refusal(text string) RefusalError {
	d.t.Helper()
	var r Refusal
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		d.t.Fatalf("%q is no refusal: %v", text, err)
	}
	if r.Error.Code == "" || r.Error.Message == "" || r.Error.RequestID == "" {
		d.t.Errorf("%q lacks a code, a message or a request id", text)
	}
	return r.Error
}

// ask sends a request without a body.
func (d *desk) ask(method, path string) (*http.Response, string) {
	d.t.Helper()
	return d.do(d.request(method, path, nil))
}

func (d *desk) request(method, path string, body io.Reader) *http.Request {
	d.t.Helper()
	req, err := http.NewRequest(method, d.url+path, body)
	if err != nil {
		d.t.Fatal(err)
	}
	return req
}

// upload sends a zip archive.
func (d *desk) upload(archive []byte) (*http.Response, string) {
	d.t.Helper()
	req := d.request("POST", "/v1/apps", bytes.NewReader(archive))
	req.Header.Set("Content-Type", "application/zip")
	return d.do(req)
}

// wantRefusal checks status and code of an answer and returns its error.
func (d *desk) wantRefusal(res *http.Response, text string, status int, code fault.Code) RefusalError {
	d.t.Helper()
	refused := d.refusal(text)
	if res.StatusCode != status || refused.Code != code {
		d.t.Errorf("answer = %d %s (%s), want %d %s", res.StatusCode, refused.Code, refused.Message, status, code)
	}
	return refused
}

func (d *desk) wantEmptySpool() {
	d.t.Helper()
	left, err := os.ReadDir(d.spool)
	if err != nil {
		d.t.Error(err)
	}
	for _, entry := range left {
		d.t.Errorf("the spool still has %s", entry.Name())
	}
}

// packed is one entry of an archive for tests.
type packed struct {
	name, text string
	change     func(*zip.FileHeader)
}

func manifestOf(app string) packed {
	return packed{name: deploy.ManifestFile, text: "[app]\nname = \"" + app + "\"\n"}
}

func pack(t testing.TB, entries ...packed) []byte {
	t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, entry := range entries {
		header := &zip.FileHeader{Name: entry.name, Method: zip.Deflate}
		if entry.change != nil {
			entry.change(header)
		}
		f, err := w.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, entry.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}
