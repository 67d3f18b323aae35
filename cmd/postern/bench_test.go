package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/bench/result"
)

// runBench runs a bench verb and returns its exit code and what it printed.
func runBench(t *testing.T, args ...string) (code int, out, complaint string) {
	t.Helper()
	root := newRoot()
	var stdout, stderr bytes.Buffer
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	code = run(t.Context(), root, append([]string{"bench"}, args...))
	return code, stdout.String(), stderr.String()
}

func greeter(t *testing.T, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
	t.Cleanup(s.Close)
	return s.URL
}

func TestBench_measuresAServerByItsURL(t *testing.T) {
	dir := t.TempDir()
	page, file := filepath.Join(dir, "page.html"), filepath.Join(dir, "result.json")
	code, out, complaint := runBench(t, greeter(t, "hello world"), "-c", "2", "-d", "100ms", "--warm-up", "0s", "--html", page, "--out", file,
		"--save", "--results", filepath.Join(dir, "results"))
	if code != 0 || !strings.Contains(out, "req/s") {
		t.Fatalf("exit code %d, %s\n%s", code, out, complaint)
	}
	s, err := result.Read(file)
	if err != nil || len(s.Runs) != 1 || s.Runs[0].Load.Answered == 0 || s.Machine.Cores == 0 {
		t.Errorf("result = %+v, %v", s, err)
	}
	if text, err := os.ReadFile(page); err != nil || !bytes.Contains(text, []byte("<svg")) {
		t.Errorf("page: %v", err)
	}
	if kept, err := filepath.Glob(filepath.Join(dir, "results", "*", "*.json")); err != nil || len(kept) != 1 {
		t.Errorf("kept %q, %v", kept, err)
	}
	again := filepath.Join(dir, "again.html")
	if code, _, complaint := runBench(t, "page", file, again); code != 0 {
		t.Errorf("page: exit code %d, %s", code, complaint)
	}
}

func TestBench_failsAtAWrongAnswer(t *testing.T) {
	dir := t.TempDir()
	code, _, complaint := runBench(t, greeter(t, "goodbye"), "--answer", "hello world", "-c", "1", "-d", "50ms", "--warm-up", "0s", "--save", "--results", dir)
	if code != exitFailure || !strings.Contains(complaint, `the body is "goodbye" instead of "hello world"`) {
		t.Errorf("exit code %d, %s", code, complaint)
	}
	if kept, _ := filepath.Glob(filepath.Join(dir, "*")); len(kept) > 0 {
		t.Errorf("a result without right answers was kept: %q", kept)
	}
}

func TestBench_takesAnyBodyOfAStranger(t *testing.T) {
	if code, _, complaint := runBench(t, greeter(t, "whatever"), "-c", "1", "-d", "50ms", "--warm-up", "0s"); code != 0 {
		t.Errorf("exit code %d, %s", code, complaint)
	}
}

func TestBench_climbsAndRunsScenarios(t *testing.T) {
	url := greeter(t, "hello world")
	code, out, complaint := runBench(t, url, "--climb", "50:100", "--factor", "2", "--bound", "max=10s", "-c", "2", "-d", "100ms", "--warm-up", "0s")
	if code != 0 || !strings.Contains(out, "The highest rate with max ≤ 10s is 100/s") {
		t.Errorf("exit code %d, %s\n%s", code, out, complaint)
	}
	var posts atomic.Int64
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts.Add(1)
			w.WriteHeader(http.StatusCreated)
		}
		_, _ = w.Write([]byte(r.URL.Path))
	}))
	defer shop.Close()
	file := filepath.Join(t.TempDir(), "shop.toml")
	if err := os.WriteFile(file, []byte(`
connections = 2
duration = "100ms"
[[request]]
path = "/list"
expect = { match = "^/list$" }
[[request]]
method = "POST"
path = "/orders"
body = "x"
expect = { status = 201 }
`), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, complaint = runBench(t, shop.URL, "--scenario", file, "--warm-up", "0s", "--json")
	var s result.Session
	if err := json.Unmarshal([]byte(out), &s); code != 0 || err != nil || len(s.Runs[0].Load.Kinds) != 2 || s.Title != "shop, "+shop.URL+", warm-up 0s" {
		t.Errorf("exit code %d, %v, %+v\n%s", code, err, s, complaint)
	}
	if posts.Load() == 0 || s.Runs[0].Load.Connections != 2 {
		t.Errorf("%d posts, %d connections", posts.Load(), s.Runs[0].Load.Connections)
	}
}

func TestBench_keepsComparisonsApart(t *testing.T) {
	one, other := "one=url:"+greeter(t, "hello world"), "other=url:"+greeter(t, "hello world")
	dir := t.TempDir()
	for _, args := range [][]string{
		{"-t", one}, {"-t", one, "-t", other}, {"-t", other, "-t", one}, {"-t", one, "-c", "2"}, {"-t", one, "-c", "3"}, {"-t", one},
	} {
		args = append([]string{"compare", "--rounds", "1", "-d", "20ms", "--warm-up", "0s", "--save", "--results", dir}, args...)
		if code, _, complaint := runBench(t, args...); code != 0 {
			t.Fatalf("%q: exit code %d, %s", args, code, complaint)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if err != nil || len(files) != 6 {
		t.Fatalf("kept %q, %v, want 6 results", files, err)
	}
	var titles []string
	for _, file := range files {
		s, err := result.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		titles = append(titles, s.Title)
	}
	slices.Sort(titles)
	want := []string{
		"hello, compared: one, connections 2, duration 20ms, warm-up 0s, rounds 1",
		"hello, compared: one, connections 3, duration 20ms, warm-up 0s, rounds 1",
		"hello, compared: one, duration 20ms, warm-up 0s, rounds 1",
		"hello, compared: one, duration 20ms, warm-up 0s, rounds 1",
		"hello, compared: one, other, duration 20ms, warm-up 0s, rounds 1",
		"hello, compared: other, one, duration 20ms, warm-up 0s, rounds 1",
	}
	if !slices.Equal(titles, want) {
		t.Errorf("titles are\n%s\nwant\n%s", strings.Join(titles, "\n"), strings.Join(want, "\n"))
	}
}

func TestBench_refusesWhatItCannotMean(t *testing.T) {
	for _, args := range [][]string{
		{"http://192.0.2.1/"},
		{"nonsense"},
		{"http://127.0.0.1:1", "--kind", "goodbye"},
		{"http://127.0.0.1:1", "--arrivals", "late"},
		{"http://127.0.0.1:1", "--match", "("},
		{"http://127.0.0.1:1", "--header", "nothing"},
		{"compare", "--target", "apache"},
		{"compare", "--target", "bare", "--target", "bare"},
		{"compare", "--rounds", "0"},
		{"gate"},
		{"gate", "--base", "x", "--rounds", "1"},
		{"growth"},
		{"calls", "--times", "0"},
		{"page", "one"},
	} {
		if code, _, complaint := runBench(t, args...); code != exitUsage {
			t.Errorf("%q: exit code %d, want %d: %s", args, code, exitUsage, complaint)
		}
	}
}

// TestBench_measuresOurs builds the program and has it measure itself: by load,
// beside a native twin, through a gate and call by call.
func TestBench_measuresOurs(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "postern")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	app := filepath.Join(dir, "app")
	if err := os.Mkdir(app, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"postern.toml": []byte(appOf("bench", "")), "f.wasm": abitest.Hello()} {
		if err := os.WriteFile(filepath.Join(app, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	measure := func(args ...string) *result.Session {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, append([]string{"bench"}, args...)...)
		cmd.Args = append(cmd.Args, "--app", app, "-c", "2", "-d", "100ms", "--warm-up", "50ms", "--json")
		var complaint bytes.Buffer
		cmd.Stderr = &complaint
		out, err := cmd.Output()
		var s result.Session
		if jsonErr := json.Unmarshal(out, &s); jsonErr != nil {
			t.Fatalf("%q: %v, %v\n%s", args, err, jsonErr, complaint.String())
		}
		if err != nil && args[0] != "gate" { // which a busy machine may fail
			t.Fatalf("%q: %v\n%s", args, err, complaint.String())
		}
		return &s
	}
	s := measure("--rate", "200")
	if len(s.Runs) != 1 || s.Runs[0].Load.Answered != 20 {
		t.Errorf("open load: %+v", s.Runs)
	}
	has := map[string]bool{}
	for _, step := range s.Steps {
		has[step.Name] = true
	}
	if !has["run"] || !has["queue"] || !has["call"] {
		t.Errorf("steps = %+v", s.Steps)
	}
	if s = measure("compare", "-t", "bare", "-t", "postern", "--rounds", "1"); len(s.Compare.Pairs) != 1 || !s.Good() {
		t.Errorf("compare: %+v", s.Compare)
	}
	if s = measure("gate", "--base", program, "--rounds", "3"); len(s.Compare.Pairs) != 2 || !s.Good() {
		t.Errorf("gate: %+v", s.Compare)
	}
	if s = measure("calls", "--times", "1"); len(s.Calls) != 4 || s.Calls[0].Median <= 0 {
		t.Errorf("calls: %+v", s.Calls)
	}
}
