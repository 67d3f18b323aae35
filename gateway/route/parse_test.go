package route

import (
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
)

func TestParse_knowsTheKinds(t *testing.T) {
	for _, c := range []struct {
		name, syntax, path string
		kind               Kind
		vars               []string
	}{
		{"scf exact", "scf", "=/user", Exact, nil},
		{"scf prefix", "scf", "^~/user", Prefix, nil},
		{"scf template", "scf", "/a/{b}/{c_d.e-1+}", Template, []string{"b", "c_d.e-1"}},
		{"scf plain", "scf", "/user", Loose, nil},
		{"lambda plain", "lambda", "/user", Exact, nil},
		{"lambda template", "lambda", "/a/{b}", Template, []string{"b"}},
		{"lambda default", "lambda", "$default", Loose, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := mustParse(t, syntaxes()[c.syntax], c.path)
			if p.Kind() != c.kind || p.String() != c.path || !slices.Equal(p.Vars(), c.vars) {
				t.Errorf("got %s %s %v, want %s %s %v", p.Kind(), p, p.Vars(), c.kind, c.path, c.vars)
			}
		})
	}
}

func TestParse_refuses(t *testing.T) {
	many := strings.Repeat("/{v}", 1)
	for i := range MaxVariables {
		many += "/{w" + string(rune('a'+i)) + "}"
	}
	for _, c := range []struct{ name, syntax, path, want string }{
		{"nothing", "scf", "", "begin with '/'"},
		{"no slash", "lambda", "user", "begin with '/'"},
		{"regular expression", "scf", "~/user", "begin with '/'"},
		{"exact variable", "scf", "=/{a}", "an exact path has no variables"},
		{"prefix variable", "scf", "^~/{a}", "a prefix path has no variables"},
		{"part of a segment", "scf", "/a-{b}", "whole segment"},
		{"two in a segment", "lambda", "/{a}{b}", "whole segment"},
		{"open brace", "lambda", "/{a", "whole segment"},
		{"no name", "scf", "/{}", "1 to 64 letters"},
		{"plus alone", "scf", "/{+}", "1 to 64 letters"},
		{"bad name", "scf", "/{a b}", "1 to 64 letters"},
		{"name twice", "scf", "/{a}/{a}", "two variables {a}"},
		{"rest is not last", "lambda", "/{a+}/b", "nothing may follow"},
		{"many variables", "scf", many, "9 variables, at most 8"},
		{"dots", "scf", "/a/../b", `segment "." or ".."`},
		{"dots beside variables", "scf", "/{a}/%2e%2e", `segment "." or ".."`},
		{"query", "lambda", "/a?b=c", "not percent-encoded"},
		{"bad encoding", "lambda", "/100%", "hex digits"},
		{"long", "scf", "/" + strings.Repeat("a", MaxPattern), "2049 bytes is too long"},
		{"deep", "scf", strings.Repeat("/a", MaxSegments+1), "256 segments is too long"},
		{"exact in lambda", "lambda", "=/user", "begin with '/'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := syntaxes()[c.syntax](c.path)
			if fault.CodeOf(err) != fault.BadManifest || !strings.Contains(err.Error(), c.want) {
				t.Errorf("err = %v, want bad_manifest with %s", err, c.want)
			}
		})
	}
}

func TestPattern_literalsAreCanonical(t *testing.T) {
	table := single(t, ParseLambda, "/caf%C3%A9", "/a%2fb/{c}", "/%7Bx%7D")
	for path, want := range map[string]string{
		"/café":    "/caf%C3%A9",
		"/a%2Fb/1": `/a%2fb/{c} c="1"`,
		"/{x}":     "/%7Bx%7D",
		"/a/b/1":   "no path",
	} {
		if got := look(table, path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestPattern_keyIgnoresCaseAndNames(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		same       bool
	}{
		{"case", "/User", "/user", true},
		{"names of variables", "/a/{b}", "/A/{c}", true},
		{"kind of variable", "/a/{b}", "/a/{b+}", false},
		{"kind of pattern", "=/a", "/a", false},
		{"path", "/a", "/b", false},
		{"slash at the end", "/a/{b}", "/a/{b}/", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := mustParse(t, ParseSCF, c.a), mustParse(t, ParseSCF, c.b)
			if got := a.Key() == b.Key(); got != c.same {
				t.Errorf("keys %q and %q: same = %v, want %v", a.Key(), b.Key(), got, c.same)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"/a/{b}", "=/a", "^~/a", "$default", "/{a+}", "/{a}{b}", "/%7B", "/a//", "/{a}/%2F"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, parse := range syntaxes() {
			p, err := parse(text)
			if err != nil {
				if fault.CodeOf(err) != fault.BadManifest {
					t.Fatalf("%s: code of %v is not bad_manifest", name, err)
				}
				continue
			}
			if p.String() != text {
				t.Errorf("%s: String() = %q, want %q", name, p, text)
			}
			if _, err := New([]App[int]{{Rules: []Rule[int]{{Pattern: p}}}}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
