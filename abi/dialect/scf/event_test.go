package scf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/dialect/dialecttest"
	"github.com/postern-dev/postern/abi/fault"
)

// route declares one parameter of each kind, to have all of AppendEvent run.
var route = dialect.Route{
	App: "greeter", Path: "/greet/{name}", Method: "ANY", Timeout: 15,
	Declared: []dialect.Param{{Name: "name", In: dialect.InPath}, {Name: "q", In: dialect.InQuery}, {Name: "Accept", In: dialect.InHeader}},
}

// browser is what a browser sends.
func browser() *abi.Request {
	header := strings.Join([]string{
		"Host: greeter.example",
		"Connection: keep-alive",
		"Cache-Control: max-age=0",
		`sec-ch-ua: "Chromium";v="139", "Not;A=Brand";v="99"`,
		"sec-ch-ua-mobile: ?0",
		`sec-ch-ua-platform: "Linux"`,
		"Upgrade-Insecure-Requests: 1",
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
		"Sec-Fetch-Site: none",
		"Sec-Fetch-Mode: navigate",
		"Sec-Fetch-User: ?1",
		"Sec-Fetch-Dest: document",
		"Accept-Encoding: gzip, deflate, br, zstd",
		"Accept-Language: en-US,en;q=0.9,de;q=0.8",
		"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark",
	}, "\n")
	req := dialecttest.NewRequest([]byte("GET"), []byte("/greet/bob"), []byte("q=hello+world&lang=en&page=2"), []byte(header), []byte("greeter.example"), nil)
	req.Params = []abi.Param{{Name: "name", Value: []byte("bob")}}
	return req
}

func newDialect(tb testing.TB, r dialect.Route) *Dialect {
	tb.Helper()
	d, err := New(r)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func TestAppendEvent_allocatesNothing(t *testing.T) {
	binary := browser()
	binary.Method, binary.Body = []byte("POST"), bytes.Repeat([]byte{0xff, 0}, 500)
	hostile := browser()
	hostile.Query = []byte(`a=1&%61=2&%ff=%fe&%22=%5c&a=3&b&b&c=%zz+`)
	hostile.Header = append(hostile.Header, abi.Field{Name: []byte("ACCEPT"), Value: []byte("\xff\"\n")}, abi.Field{Name: []byte("\xff")}, abi.Field{Name: []byte("cookie"), Value: []byte("c=3")})
	for name, req := range map[string]*abi.Request{"browser": browser(), "binary": binary, "hostile": hostile} {
		t.Run(name, func(t *testing.T) {
			d := newDialect(t, route)
			room := make([]byte, 0, 16<<10)
			got := testing.AllocsPerRun(100, func() {
				if _, err := d.AppendEvent(room, req); err != nil {
					t.Fatal(err)
				}
			})
			if got != 0 {
				t.Errorf("%v allocations, want 0", got)
			}
		})
	}
}

func TestAppendEvent_givesBackTheBufferOfARefusal(t *testing.T) {
	r := route
	r.MaxEvent = 600
	d := newDialect(t, r)
	dst, err := d.AppendEvent([]byte("before"), browser())
	if !errors.Is(err, fault.New(fault.TooLarge, "")) {
		t.Errorf("err = %v, want too_large", err)
	}
	if string(dst) != "before" {
		t.Errorf("dst = %.40q, want what was there before", dst)
	}
}

// decodeQuery is the slow, obvious twin of the query's way into the event.
func decodeQuery(raw string) map[string]any {
	out := map[string]any{}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, text, assigned := strings.Cut(part, "=")
		var value any = true
		if assigned {
			value = decodePart(text)
		}
		name = decodePart(name)
		switch old := out[name].(type) {
		case nil:
			out[name] = value
		case []any:
			out[name] = append(old, value)
		default:
			out[name] = []any{old, value}
		}
	}
	return out
}

func decodePart(s string) string {
	var out strings.Builder
	for s != "" {
		n := min(3, len(s))
		if b, err := url.QueryUnescape(s[:n]); s[0] == '%' && err == nil {
			out.WriteString(b)
			s = s[n:]
			continue
		}
		out.WriteString(strings.ReplaceAll(s[:1], "+", " "))
		s = s[1:]
	}
	return strings.ToValidUTF8(fixRunes(out.String()), "\uFFFD")
}

// fixRunes puts U+FFFD for each byte that is not part of valid UTF-8.
func fixRunes(s string) string { return string([]rune(s)) }

func TestQuery_agreesWithItsTwin(t *testing.T) {
	d := newDialect(t, dialect.Route{Path: "/"})
	pieces := []string{"a", "b", "c", "%61", "%", "%4", "%ff", "%e4%bd%a0", "=", "=", "&", "&", "&", "+", "%zz", "\"", "\\", "\xff", "%00", "ä", "%C3", "%A4"}
	rnd := rand.New(rand.NewPCG(1, 2))
	for n := range 5000 {
		var query strings.Builder
		for range rnd.IntN(20 + n%300) {
			query.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		event, err := d.AppendEvent(nil, &abi.Request{Query: []byte(query.String())})
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ QueryString map[string]any }
		if err := json.Unmarshal(event, &got); err != nil {
			t.Fatalf("%v: %s", err, event)
		}
		if want := decodeQuery(query.String()); !reflect.DeepEqual(got.QueryString, want) {
			t.Fatalf("query %q is\n%v, want\n%v", query.String(), got.QueryString, want)
		}
	}
}

func TestAppendEvent_takesManyKeysInTime(t *testing.T) {
	var query, header strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&query, "k%d=%d&", i%40_000, i)
		fmt.Fprintf(&header, "h%d: %d\n", i%40_000, i)
	}
	d := newDialect(t, route)
	event, err := d.AppendEvent(nil, dialecttest.NewRequest(nil, nil, []byte(query.String()), []byte(header.String()), nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		QueryString map[string]any
		Headers     map[string]string
	}
	if err := json.Unmarshal(event, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.QueryString) != 40_000 || got.Headers["h7"] != "7, 40007" {
		t.Errorf("%d keys and %q, want 40000 and both values", len(got.QueryString), got.Headers["h7"])
	}
}

func TestNew_refusesWhatNoManifestMaySay(t *testing.T) {
	for name, r := range map[string]dialect.Route{
		"rule":  {Base64: true, Base64Rules: []dialect.Base64Rule{{Header: "Content-Type"}}},
		"place": {Declared: []dialect.Param{{Name: "a", In: "BODY"}}},
	} {
		if _, err := New(r); fault.CodeOf(err) != fault.BadManifest {
			t.Errorf("%s: err = %v, want bad_manifest", name, err)
		}
	}
}

func FuzzAppendEvent(f *testing.F) {
	canonical := route
	canonical.Canonical, canonical.Base64 = true, true
	dialecttest.FuzzEvent(f, "testdata/*.case", newDialect(f, route), newDialect(f, canonical), newDialect(f, dialect.Route{}))
}

func BenchmarkAppendEvent(b *testing.B) {
	plain := browser()
	plain.Header, plain.Query = plain.Header[:1], nil
	form := browser()
	form.Method, form.Body = []byte("POST"), bytes.Repeat([]byte(`{"name":"value","n":1},`), 200)
	picture := browser()
	picture.Method, picture.Body = []byte("POST"), bytes.Repeat([]byte{0xff, 0xd8, 0}, 22<<10)
	for _, c := range []struct {
		name string
		req  *abi.Request
	}{{"plain", plain}, {"browser", browser()}, {"json", form}, {"picture", picture}} {
		b.Run(c.name, func(b *testing.B) {
			d := newDialect(b, route)
			dst, err := d.AppendEvent(make([]byte, 0, 128<<10), c.req)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(dst)))
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = d.AppendEvent(dst[:0], c.req)
			}
		})
	}
}
