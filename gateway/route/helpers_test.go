package route

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi"
)

// parser is the syntax of a flavour.
type parser func(string) (Pattern, error)

func syntaxes() map[string]parser {
	return map[string]parser{"scf": ParseSCF, "lambda": ParseLambda}
}

func mustParse(t testing.TB, parse parser, path string) Pattern {
	t.Helper()
	p, err := parse(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// rules makes rules of lines like "GET,POST /a/{b}"; the target is the line.
func rules(t testing.TB, parse parser, lines ...string) []Rule[string] {
	t.Helper()
	var out []Rule[string]
	for _, line := range lines {
		method, path, ok := strings.Cut(line, " ")
		if !ok {
			method, path = "ANY", line
		}
		out = append(out, Rule[string]{mustParse(t, parse, path), strings.Split(method, ","), line})
	}
	return out
}

// single returns the table of one app with every host.
func single(t testing.TB, parse parser, lines ...string) *Table[string] {
	t.Helper()
	table, err := New([]App[string]{{Name: "app", Rules: rules(t, parse, lines...)}})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// look finds a request like "GET host/path" and returns what came of it in
// words: the outcome, or the target and the variables.
func look(table *Table[string], request string) string {
	method, target, ok := strings.Cut(request, " ")
	if !ok {
		method, target = "GET", request
	}
	host, raw, _ := strings.Cut(target, "/")
	raw = "/" + raw
	path, err := AppendCanonical(nil, []byte(raw))
	if err != nil {
		return err.Error()
	}
	var m Match[string]
	out := table.Find(&m, []byte(host), []byte(raw), path, []byte(method))
	switch out {
	case Found:
		return m.Target + formatParams(m.Params)
	case NoMethod:
		return out.String() + " of " + strings.Join(m.Allow, ",")
	}
	return out.String()
}

func formatParams(params []abi.Param) string {
	var b strings.Builder
	for _, p := range params {
		fmt.Fprintf(&b, " %s=%q", p.Name, p.Value)
	}
	return b.String()
}

// twin is the slow, obvious table of one app: every rule is tried, with a
// regular expression where there are variables, and the best of those that
// match is taken.
type twin []twinRule

type twinRule struct {
	pattern Pattern
	method  string
	target  string
	match   func(path []byte) bool
	expr    *regexp.Regexp
}

func newTwin(app []Rule[string]) twin {
	var out twin
	for _, r := range app {
		literal := []byte(r.Pattern.literal)
		match := func(path []byte) bool { return bytes.HasPrefix(path, literal) }
		var expr *regexp.Regexp
		switch r.Pattern.kind {
		case Exact:
			match = func(path []byte) bool { return bytes.Equal(path, literal) }
		case Template:
			expr = regexp.MustCompile(expression(r.Pattern.tokens))
			match = expr.Match
		}
		for _, method := range r.Methods {
			out = append(out, twinRule{r.Pattern, method, r.Target, match, expr})
		}
	}
	slices.SortStableFunc(out, compareRules)
	return out
}

func expression(tokens []token) string {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for _, t := range tokens {
		b.WriteString("/")
		switch t.kind {
		case tokenLiteral:
			for i := range len(t.text) {
				fmt.Fprintf(&b, `\x{%02x}`, t.text[i])
			}
		case tokenOne:
			b.WriteString(`([^/]+)`)
		default:
			b.WriteString(`(.+)`)
		}
	}
	return b.String() + `\z`
}

func compareRules(a, b twinRule) int {
	if c := cmp.Compare(a.pattern.kind, b.pattern.kind); c != 0 {
		return c
	}
	if c := cmp.Compare(len(b.pattern.literal), len(a.pattern.literal)); c != 0 && a.pattern.kind != Exact {
		return c
	}
	for i := 0; i < len(a.pattern.tokens) && i < len(b.pattern.tokens); i++ {
		s, t := a.pattern.tokens[i], b.pattern.tokens[i]
		if c := cmp.Compare(s.kind, t.kind); c != 0 {
			return c
		}
		if c := strings.Compare(s.text, t.text); c != 0 && s.kind == tokenLiteral {
			return c
		}
	}
	if c := cmp.Compare(len(b.pattern.tokens), len(a.pattern.tokens)); c != 0 {
		return c
	}
	return cmp.Compare(isAny(a.method), isAny(b.method))
}

func isAny(method string) int {
	if method == methodAny {
		return 1
	}
	return 0
}

// look returns what look returns for the table of the same rules. It reads
// ASCII paths only: a regular expression sees runes.
func (w twin) look(method string, path []byte) string {
	var allow []string
	for _, r := range w {
		if !r.match(path) {
			continue
		}
		if r.method != method && r.method != methodAny {
			if !slices.Contains(allow, r.method) {
				allow = append(allow, r.method)
			}
			continue
		}
		var params []abi.Param
		if r.expr != nil {
			for i, value := range r.expr.FindSubmatch(path)[1:] {
				params = append(params, abi.Param{Name: r.pattern.Vars()[i], Value: decode(value)})
			}
		}
		return r.target + formatParams(params)
	}
	if len(allow) > 0 {
		slices.Sort(allow)
		return "no method of " + strings.Join(allow, ",")
	}
	return "no path"
}

// same finds a request in both and returns what each said.
func same(table *Table[string], w twin, method string, path []byte) (fast, slow string) {
	var m Match[string]
	switch out := table.Find(&m, nil, path, path, []byte(method)); out {
	case Found:
		fast = m.Target + formatParams(m.Params)
	case NoMethod:
		slices.Sort(m.Allow)
		fast = "no method of " + strings.Join(m.Allow, ",")
	default:
		fast = out.String()
	}
	return fast, w.look(method, path)
}

// randomPattern makes a pattern of few letters, so that patterns meet.
func randomPattern(rng *rand.Rand) string {
	segments := []string{"a", "b", "c", "ab", "a%2Fb", ""}
	var b strings.Builder
	b.WriteString([]string{"", "", "", "", "", "=", "^~"}[rng.IntN(7)])
	n := 1 + rng.IntN(5)
	for i := range n {
		b.WriteByte('/')
		switch k := rng.IntN(10); {
		case k < 4:
			fmt.Fprintf(&b, "{v%d}", i)
		case k == 4 && i == n-1:
			fmt.Fprintf(&b, "{v%d+}", i)
		default:
			b.WriteString(segments[rng.IntN(len(segments))])
		}
	}
	return b.String()
}

func randomPath(rng *rand.Rand) []byte {
	segments := []string{"a", "b", "c", "ab", "a%2Fb", "", "d", "%25"}
	var b []byte
	for range 1 + rng.IntN(8) {
		b = append(b, '/')
		b = append(b, segments[rng.IntN(len(segments))]...)
	}
	return b
}

// randomApp makes rules without those that New would refuse.
func randomApp(rng *rand.Rand, parse parser) []Rule[string] {
	var out []Rule[string]
	taken := map[string]bool{}
	for range rng.IntN(24) {
		text := randomPattern(rng)
		p, err := parse(text)
		if err != nil {
			continue
		}
		method := []string{"ANY", "GET", "POST"}[rng.IntN(3)]
		if key := method + p.Key(); !taken[key] {
			taken[key] = true
			out = append(out, Rule[string]{p, []string{method}, method + " " + text})
		}
	}
	return out
}
