package target

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/bench/functions"
)

func TestParse_readsEveryKind(t *testing.T) {
	for _, c := range []struct {
		text string
		want Spec
	}{
		{"bare", Spec{"bare", "bare", ""}},
		{"ours=postern", Spec{"ours", "postern", ""}},
		{"go=app:examples/hello", Spec{"go", "app", "examples/hello"}},
		{"x=cmd:run --port={port} a:b", Spec{"x", "cmd", "run --port={port} a:b"}},
		{"y=url:http://127.0.0.1:80", Spec{"y", "url", "http://127.0.0.1:80"}},
	} {
		got, err := Parse(c.text)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{"", "=bare", "apache", "a=app", "a=app:", "bare:3", "a=bare:"} {
		if s, err := Parse(text); err == nil {
			t.Errorf("%q: no error, %+v", text, s)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a=cmd:b {port}")
	f.Add("bare")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(s.Name + "=" + strings.TrimSuffix(s.Kind+":"+s.Argument, ":"))
		if err != nil || again != s && !strings.HasSuffix(s.Argument, ":") {
			t.Fatalf("%q is %+v, and that is %+v, %v", text, s, again, err)
		}
	})
}

// TestSpec_twinsAnswerAlike starts every twin that this machine has.
func TestSpec_twinsAnswerAlike(t *testing.T) {
	for _, name := range []string{"bare", "nethttp", "node", "workerd", "nginx"} {
		for _, kind := range []string{"hello", "echo"} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				o := startOptions(t, kind)
				s, err := Spec{Name: name, Kind: name}.Start(t.Context(), o)
				if errors.Is(err, ErrAbsent) {
					t.Skip(err)
				}
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = s.Close() }()
				want := o.Twin.Body
				if kind == "echo" {
					want = strings.Repeat("echo!", 20_000)
				}
				body, typ := exchange(t, s, strings.Repeat("echo!", 20_000))
				if body != want || typ != "text/html" {
					t.Errorf("%d bytes of %s, want %d of text/html", len(body), typ, len(want))
				}
				if goruntime.GOOS == "linux" && s.Memory() < 1<<20 {
					t.Errorf("its memory is %d bytes", s.Memory())
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				if s.process.cmd.ProcessState == nil {
					t.Error("it runs on after Close")
				}
			})
		}
	}
}

func TestSpec_absentOnesAreTold(t *testing.T) {
	o := startOptions(t, "hello")
	t.Setenv("PATH", t.TempDir())
	for _, s := range []Spec{
		{"node", "node", ""}, {"workerd", "workerd", ""}, {"nginx", "nginx", ""},
		{"c", "function", "hello"}, {"old", "binary", "nowhere"}, {"ours", "postern", ""},
	} {
		if _, err := s.Start(t.Context(), o); !errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), s.Name) {
			t.Errorf("%s: err = %v, want that it is absent", s.Name, err)
		}
	}
}

func TestSpec_commandsEndWithTheirChildren(t *testing.T) {
	o := startOptions(t, "hello")
	if _, err := (Spec{"x", "cmd", "sleep 100"}).Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), "{port}") {
		t.Errorf("err = %v, want one about {port}", err)
	}
	_, err := Spec{"x", "cmd", "echo no license for {port}; exit 3"}.Start(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "no license for") {
		t.Errorf("err = %v, want what the command said", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err = (Spec{"x", "cmd", "sleep 100; echo {port}"}).Start(ctx, o); err == nil || !strings.Contains(err.Error(), "not ready in time") {
		t.Errorf("err = %v, want that it was not ready", err)
	}
	if time.Since(begun) > endPatience {
		t.Error("its child outlived the shell")
	}
}

// program is a script that does what a server of ours does as far as others
// see it.
const program = `#!/bin/sh
case "$1" in
--version) echo "postern version v9" ;;
deploy) echo "$@" >> "$(dirname "$0")/deployed"; case "$*" in *broken*) echo "the module is broken"; exit 1 ;; esac ;;
serve)
  data=$5
  mkdir -p "$data" && echo secret > "$data/admin-token"
  echo '{"level":"info","message":"starting"}' >&2
  echo '{"level":"info","message":"ready","listen":"127.0.0.1:1234","admin":"127.0.0.1:1235"}' >&2
  cat > /dev/null ;;
esac
`

func TestSpec_startsOursAndDeploys(t *testing.T) {
	o := startOptions(t, "hello")
	o.App, o.Program = "/some/app", filepath.Join(o.Dir, "postern")
	if err := os.WriteFile(o.Program, []byte(program), 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := Spec{Name: "ours", Kind: "postern"}.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if s.URL.String() != "http://127.0.0.1:1234" || s.Admin.Host != "127.0.0.1:1235" || s.Token != "secret" || s.Version != "postern version v9" {
		t.Errorf("server = %+v", s)
	}
	first := s.process
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.process == first || first.cmd.ProcessState == nil || s.Name != "ours" {
		t.Error("the server was not started again")
	}
	if err := s.Deploy(t.Context(), "broken"); err == nil || !strings.Contains(err.Error(), "the module is broken") {
		t.Errorf("err = %v, want what deploy said", err)
	}
	told, err := os.ReadFile(filepath.Join(o.Dir, "deployed"))
	if err != nil || !strings.Contains(string(told), "--admin http://127.0.0.1:1235") || !strings.Contains(string(told), "/some/app\n") {
		t.Errorf("deployed %q, %v", told, err)
	}
}

func TestServer_thatRanAlreadyIsLeftAlone(t *testing.T) {
	s, err := Spec{"x", "url", "http://127.0.0.1:9"}.Start(t.Context(), startOptions(t, "hello"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Close() != nil || s.Memory() != 0 || s.Deploy(t.Context(), "a") == nil || s.Restart(t.Context()) == nil {
		t.Error("it was treated as a child")
	}
}

func TestFunctionApp_isAnApp(t *testing.T) {
	for _, kind := range []functions.Kind{functions.Hello, functions.Echo} {
		dir, err := FunctionApp(t.Context(), kind, t.TempDir())
		if errors.Is(err, ErrAbsent) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		module, err := os.ReadFile(filepath.Join(dir, "function.wasm"))
		if err != nil || !strings.HasPrefix(string(module), "\x00asm\x01\x00\x00\x00") {
			t.Fatalf("%s: no module, %v", kind, err)
		}
		for _, export := range []string{"memory", "postern_abi_1", "postern_alloc", "postern_handle"} {
			if !strings.Contains(string(module), export) {
				t.Errorf("%s: the module does not export %s", kind, export)
			}
		}
	}
	if _, err := FunctionApp(t.Context(), "goodbye", t.TempDir()); err == nil {
		t.Error("no error for a function that there isn't")
	}
}
