package route

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
)

// The three cases of fact TC-12.
func TestTable_TC12_greedyVariables(t *testing.T) {
	for _, c := range []struct{ name, pattern, path, want string }{
		{"both take one", "/{PathA}/{PathB}/detail", "/middleware/apigw/detail", ` PathA="middleware" PathB="apigw"`},
		{"the last takes two", "/{PathA}/product/{PathB}", "/middleware/product/apigw/detail", ` PathA="middleware" PathB="apigw/detail"`},
		{"the first takes two", "/{PathA}/{PathB}", "/middleware/apigw/detail", ` PathA="middleware/apigw" PathB="detail"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, want := look(single(t, ParseSCF, c.pattern), c.path), c.pattern+c.want; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// The order of kinds of fact TC-11.
func TestTable_TC11_strongestKindWins(t *testing.T) {
	table := single(t, ParseSCF, "=/user", "^~/user/list", "^~/user/list/all", "/user/{id}", "/user", "/user/test", "/")
	for _, c := range []struct{ name, path, want string }{
		{"exact", "/user", "=/user"},
		{"prefix before template", "/user/list", "^~/user/list"},
		{"prefix of bytes", "/user/listing", "^~/user/list"},
		{"longest prefix", "/user/list/all/1", "^~/user/list/all"},
		{"template before longer loose path", "/user/test", `/user/{id} id="test"`},
		{"loose path is a prefix of bytes", "/usertest", "/user"},
		{"template with more segments", "/user/test/a", `/user/{id} id="test/a"`},
		{"shorter loose path", "/use", "/"},
		{"case counts", "/USER", "/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := look(table, c.path); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTable_TC11_longestLooseWins(t *testing.T) {
	table := single(t, ParseSCF, "/user", "/user/test")
	for path, want := range map[string]string{
		"/user": "/user", "/usertest": "/user", "/user/test/a": "/user/test", "/user/tes": "/user", "/use": "no path",
	} {
		if got := look(table, path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// Two rules may share a path, fact TC-13.
func TestTable_TC13_methodsShareAPath(t *testing.T) {
	table := single(t, ParseSCF, "GET =/a", "POST,PUT =/a", "ANY /b", "DELETE /b", "GET /c/{x}", "/c")
	for _, c := range []struct{ name, request, want string }{
		{"first", "GET /a", "GET =/a"},
		{"second", "POST /a", "POST,PUT =/a"},
		{"none", "PATCH /a", "no method of GET,POST,PUT"},
		{"case counts", "get /a", "no method of GET,POST,PUT"},
		{"any", "PATCH /b", "ANY /b"},
		{"named before any", "DELETE /b", "DELETE /b"},
		{"weaker kind that takes the method", "POST /c/1", "/c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := look(table, c.request); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTable_lambdaPrecedence(t *testing.T) {
	table := single(t, ParseLambda, "/pets", "/pets/{id}", "/pets/dog", "/pets/{rest+}", "/pets/{id}/toys/{toy}",
		"/files/{rest+}", "$default")
	for _, c := range []struct{ name, path, want string }{
		{"exact", "/pets", "/pets"},
		{"exact before variable", "/pets/dog", "/pets/dog"},
		{"one segment", "/pets/cat", `/pets/{id} id="cat"`},
		{"to the end", "/pets/cat/toys", `/pets/{rest+} rest="cat/toys"`},
		{"longer template", "/pets/cat/toys/ball", `/pets/{id}/toys/{toy} id="cat" toy="ball"`},
		{"variable takes a byte at least", "/files/", "$default"},
		{"empty segments are data", "/files//", `/files/{rest+} rest="/"`},
		{"default", "/nothing", "$default"},
		{"slash at the end counts", "/pets/dog/", `/pets/{rest+} rest="dog/"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := look(table, c.path); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTable_variablesAreDecoded(t *testing.T) {
	table := single(t, ParseSCF, "/f/{name}", "/g/{a}/x/{b}")
	for path, want := range map[string]string{
		"/f/a%2fb":             `/f/{name} name="a/b"`,
		"/f/100%25":            `/f/{name} name="100%"`,
		"/f/%252F":             `/f/{name} name="%2F"`,
		"/f/caf%C3%A9+%20":     `/f/{name} name="café+ "`,
		"/f/%ff":               `/f/{name} name="\xff"`,
		"/g/1%2Fx%2F2/x/3/x/4": `/g/{a}/x/{b} a="1/x/2/x/3" b="4"`,
	} {
		if got := look(table, path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestTable_claims(t *testing.T) {
	one := func(name string) []Rule[string] {
		r := rules(t, ParseLambda, "/x", "/")
		for i := range r {
			r[i].Target = name + r[i].Target
		}
		return r
	}
	table, err := New([]App[string]{
		{Name: "host", Hosts: []string{"A.example", "[::1]"}, Rules: one("host")},
		{Name: "wild", Hosts: []string{"*.example"}, Rules: one("wild")},
		{Name: "deep", Hosts: []string{"*.b.example"}, Rules: one("deep")},
		{Name: "short", Prefix: "/p", Rules: one("short")},
		{Name: "long", Prefix: "/p/q%2Fr", Rules: one("long")},
		{Name: "rest", Rules: one("rest")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, request, want string }{
		{"host", "GET a.example/x", "host/x"},
		{"host in capitals with port", "GET A.EXAMPLE:8080/x", "host/x"},
		{"host with dot", "GET a.example./x", "host/x"},
		{"address with port", "GET [::1]:80/x", "host/x"},
		{"address", "GET [::1]/x", "host/x"},
		{"wildcard", "GET c.example/x", "wild/x"},
		{"longest wildcard", "GET c.b.example/x", "deep/x"},
		{"wildcard needs a name", "GET example/x", "rest/x"},
		{"choice of host is final", "GET a.example/p/x", "no path"},
		{"prefix", "GET /p/x", "short/x"},
		{"prefix alone", "GET /p", "short/"},
		{"prefix with slash", "GET /p/", "short/"},
		{"prefix is whole segments", "GET /px", "no path"},
		{"longest prefix", "GET /p/q%2fr/x", "long/x"},
		{"choice of prefix is final", "GET /p/y", "no path"},
		{"everything else", "GET other/x", "rest/x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := look(table, c.request); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTable_takesThePrefixOffBothPaths(t *testing.T) {
	for _, c := range []struct{ name, prefix, raw, wantRaw, wantPath string }{
		{"more follows", "/p/é", "/%70/%c3%a9/a%20b", "/a%20b", "/a b"},
		{"nothing follows", "/p/é", "/%70/%c3%a9", "/", "/"},
		{"encoded characters", "/my%20shop/%3F%23%5C%25", "/my%20shop/%3f%23%5c%25/a%20b", "/a%20b", "/a b"},
		{"encoded slash", "/my%2fshop", "/my%2Fshop/a", "/a", "/a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			prefix, err := ParsePrefix(c.prefix)
			if err != nil {
				t.Fatal(err)
			}
			table, err := New([]App[string]{{Name: "a", Prefix: prefix, Rules: rules(t, ParseLambda, "/{x}", "/")}})
			if err != nil {
				t.Fatal(err)
			}
			path, err := AppendCanonical(nil, []byte(c.raw))
			if err != nil {
				t.Fatal(err)
			}
			var m Match[string]
			if out := table.Find(&m, nil, []byte(c.raw), path, []byte("GET")); out != Found {
				t.Fatalf("outcome = %s, want found", out)
			}
			if string(m.RawPath) != c.wantRaw || string(m.Path) != c.wantPath {
				t.Errorf("got %q and %q, want %q and %q", m.RawPath, m.Path, c.wantRaw, c.wantPath)
			}
		})
	}
}

func TestTable_withoutAppsFindsNone(t *testing.T) {
	table, err := New[string](nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := look(table, "GET a/b"); got != "no app" {
		t.Errorf("got %s, want no app", got)
	}
}

func TestTable_refusesVeryManySegments(t *testing.T) {
	for name, parse := range syntaxes() {
		t.Run(name, func(t *testing.T) {
			table := single(t, parse, "/{rest+}")
			if got := look(table, strings.Repeat("/a", MaxSegments)); !strings.HasPrefix(got, "/{rest+}") {
				t.Errorf("%d segments: got %s", MaxSegments, got)
			}
			if got := look(table, strings.Repeat("/a", MaxSegments+1)); got != "no path" {
				t.Errorf("%d segments: got %s, want no path", MaxSegments+1, got)
			}
		})
	}
}

func TestNew_tellsAllComplaintsAtOnce(t *testing.T) {
	r := rules(t, ParseSCF, "GET,POST /a/{x}")
	dup := append(rules(t, ParseSCF, "get /A/{y}", "/b", "/B", "=/b"), r...)
	_, err := New([]App[string]{
		{Name: "one", Hosts: []string{"a.example"}, Rules: dup},
		{Name: "two", Hosts: []string{"A.example.", "b:80", "c.example", "c.example"}},
		{Name: "three", Prefix: "/p"},
		{Name: "four", Prefix: "/p"},
		{Name: "five"},
		{Name: "six"},
		{Name: "six", Prefix: "/q"},
		{Name: "seven", Prefix: "/q/"},
		{Name: "eight", Prefix: "/e", Hosts: []string{"e"}},
	})
	want := []string{
		`bad_manifest: app "one": GET "/a/{x}" is there twice, the other time as "/A/{y}"`,
		`bad_manifest: app "one": ANY "/B" is there twice, the other time as "/b"`,
		`conflict: host a.example belongs to app "one" already, app "two" can't have it`,
		`bad_manifest: app "two": host "b:80": leave out the port, hosts are compared without it`,
		`bad_manifest: app "two" claims host c.example twice`,
		`conflict: prefix /p belongs to app "three" already, app "four" can't have it`,
		`conflict: every host belongs to app "five" already, app "six" can't have it`,
		`conflict: there are two apps "six"`,
		`bad_manifest: app "seven": path "/q/": a prefix is one or more segments, none of them empty; leave it out to serve every path`,
		`bad_manifest: app "eight" claims hosts and a prefix, it may have one of them`,
	}
	if err == nil {
		t.Fatal("err = nil")
	}
	got := strings.Split(err.Error(), "\n")
	for _, line := range want {
		if !strings.Contains(err.Error(), line) {
			t.Errorf("no complaint %s", line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d complaints, want %d:\n%v", len(got), len(want), err)
	}
	if fault.CodeOf(err) == fault.Internal {
		t.Errorf("code = %s, want one of a deploy", fault.CodeOf(err))
	}
}

func TestTable_agreesWithItsTwin(t *testing.T) {
	rounds := 4000
	if testing.Short() {
		rounds = 400
	}
	for name, parse := range syntaxes() {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, 11))
			for range rounds {
				app := randomApp(rng, parse)
				table, err := New([]App[string]{{Name: "a", Rules: app}})
				if err != nil {
					t.Fatal(err)
				}
				w := newTwin(app)
				for range 20 {
					path := randomPath(rng)
					if got, want := same(table, w, "GET", path); got != want {
						t.Fatalf("%s: got %s, want %s; rules:\n%s", path, got, want, describe(app))
					}
				}
			}
		})
	}
}

func describe(app []Rule[string]) string {
	var b strings.Builder
	for _, r := range app {
		b.WriteString(r.Target + "\n")
	}
	return b.String()
}

func TestTable_findsWithoutAllocating(t *testing.T) {
	table := single(t, ParseSCF, "=/exact", "^~/prefix/", "/t/{a}/x/{b}", "/loose", "POST /only")
	for _, path := range []string{"/exact", "/prefix/a", "/t/1/2/x/3/x/4", "/loose/b", "/only", "/none"} {
		t.Run(path, func(t *testing.T) {
			m := Match[string]{Params: make([]abi.Param, 0, 4)}
			p, get, host := []byte(path), []byte("GET"), []byte("a.example:80")
			n := testing.AllocsPerRun(100, func() {
				m.Params = m.Params[:0]
				table.Find(&m, host, p, p, get)
			})
			if n != 0 {
				t.Errorf("%v allocations, want 0", n)
			}
		})
	}
}

func FuzzTable_Find(f *testing.F) {
	f.Add("/{a}/{b}\n/a\n=/a\n^~/a/b", "/a/b/c", "GET")
	f.Add("/{PathA}/product/{PathB}\n/{x}/{y}/{z}", "/middleware/product/apigw/detail", "POST")
	f.Add("/a/{b+}\n/a/{b}\n$default", "/a/b%2Fc", "GET")
	f.Add("/{a}/x/{b}\n/{a}/y/{b}\n/{a}/", "/1/x/y/2", "GET")
	f.Add("/{a}/x/{b}/x/{c}/x/{d}", "/x/x/x/x//x/x/x", "GET")
	f.Fuzz(func(t *testing.T, patterns, raw, method string) {
		path, err := AppendCanonical(nil, []byte(raw))
		if err != nil || !ascii(string(path)) {
			return
		}
		for name, parse := range syntaxes() {
			var app []Rule[string]
			taken := map[string]bool{}
			for i, text := range strings.SplitN(patterns, "\n", 40) {
				p, err := parse(text)
				if err != nil || !ascii(text) || taken[p.Key()] {
					continue
				}
				taken[p.Key()] = true
				app = append(app, Rule[string]{p, []string{[]string{"ANY", "GET"}[i%2]}, fmt.Sprint(i, text)})
			}
			table, err := New([]App[string]{{Name: "a", Rules: app}})
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(path), "/") > MaxSegments {
				continue
			}
			if got, want := same(table, newTwin(app), method, path); got != want {
				t.Errorf("%s, %q: got %s, want %s; rules:\n%s", name, path, got, want, describe(app))
			}
		}
	})
}

func FuzzTable_anyBytes(f *testing.F) {
	f.Add([]byte("a.example:80"), []byte("/p/x"), []byte("/p/x"), []byte("GET"))
	f.Add([]byte("["), []byte(""), []byte("/p"), []byte(""))
	f.Add([]byte("]:"), []byte("//"), []byte("/p/%2"), []byte(""))
	table, err := New([]App[string]{
		{Name: "h", Hosts: []string{"a.example", "*.b.example"}, Rules: rules(f, ParseSCF, "/{a}/x/{b}", "/")},
		{Name: "p", Prefix: "/p", Rules: rules(f, ParseLambda, "/{a}/{b+}", "$default")},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, host, raw, path, method []byte) {
		var m Match[string]
		if out := table.Find(&m, host, raw, path, method); (out == Found) != (m.Target != "") {
			t.Errorf("outcome %s with target %q", out, m.Target)
		}
	})
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func BenchmarkTable_Find(b *testing.B) {
	for _, kind := range []struct{ name, format, path string }{
		{"exact", "=/api/v1/things%d/list", "/api/v1/things%d/list"},
		{"prefix", "^~/api/v1/things%d/", "/api/v1/things%d/a/b"},
		{"template", "/api/v1/things%d/{id}/parts", "/api/v1/things%d/42/parts"},
		{"template-tail", "/{tenant}/things%d/{id}", "/acme/things%d/42"},
		{"loose", "/api/v1/things%d/", "/api/v1/things%d/a/b"},
	} {
		for _, n := range []int{10, 100_000} {
			b.Run(fmt.Sprintf("%s/routes=%d", kind.name, n), func(b *testing.B) {
				var lines []string
				for i := range n {
					lines = append(lines, fmt.Sprintf(kind.format, i))
				}
				table := single(b, ParseSCF, lines...)
				var paths [10][]byte // far from each other in the table
				for i := range paths {
					paths[i] = fmt.Appendf(nil, kind.path, i*(n/10))
				}
				host, get := []byte("a.example"), []byte("GET")
				var m Match[string]
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					m.Params = m.Params[:0]
					path := paths[i%len(paths)]
					if table.Find(&m, host, path, path, get) != Found {
						b.Fatal("not found")
					}
				}
			})
		}
	}
}
