package lite

import (
	"maps"
	"reflect"
	"testing"
)

func TestEvent_readsEveryShape(t *testing.T) {
	type view struct {
		Method, Path, Stage, RequestID, SourceIP, RawQuery, Param, Accept, First, Body string
	}
	for _, c := range []struct {
		name, event string
		want        view
		headers     Header
		queries     Values
	}{
		{"tencent", tencentEvent,
			view{"POST", "/greet/ann", "release", "r-1", "10.0.2.14", "foo=b+r&many=1&many=2&bare", "ann",
				"text/html, */*", "1", `{"test":"bödy 😀"}`},
			Header{"Accept": {"text/html, */*"}, "X-Odd": {`a"b`}, "Cookie": {"a=1; b=2"}},
			Values{"foo": {"b r"}, "many": {"1", "2"}, "bare": {""}}},
		{"aws 1.0", awsEvent1,
			view{"PUT", "/greet/ann", "$default", "r-2", "10.0.0.1", "q=1&q=2", "ann", "b", "", "\xff"},
			Header{"Accept": {"a", "b"}, "X-One": {"1"}},
			Values{"q": {"1", "2"}}},
		{"aws 2.0", awsEvent2,
			view{"GET", "/greet/ann", "$default", "r-3", "10.0.0.2", "q=1&q=2&s=a+b%21&bare", "ann", "a,b", "", ""},
			Header{"Accept": {"a,b"}, "Host": {"h"}, "Cookie": {"a=1; b=2"}},
			Values{"q": {"1", "2"}, "s": {"a b!"}, "bare": {""}}},
		{"nothing", `{}`, view{}, Header{}, Values{}},
		{"no object", `[1,2]`, view{}, Header{}, Values{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := scanned(c.event)
			got := view{e.Method(), e.Path(), e.Stage(), e.RequestID(), e.SourceIP(), e.RawQuery(), e.Param("name"),
				e.Header("ACCEPT"), e.Query("many"), string(e.Body())}
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			if got := e.Headers(); !reflect.DeepEqual(got, c.headers) {
				t.Errorf("headers = %v, want %v", got, c.headers)
			}
			if got := e.Queries(); !reflect.DeepEqual(got, c.queries) {
				t.Errorf("queries = %v, want %v", got, c.queries)
			}
		})
	}
}

func TestEvent_findsWhatItHasNoMethodFor(t *testing.T) {
	e := scanned(tencentEvent)
	if got := e.Text("requestContext", "identity", "secretId"); got != "key-1" {
		t.Errorf("secretId = %q", got)
	}
	if got := string(e.Find("queryString", "many")); got != `["1","2"]` {
		t.Errorf("many = %s", got)
	}
	if got := e.Find("requestContext", "no", "such"); got != nil {
		t.Errorf("absent = %s, want nil", got)
	}
	if got := e.Params(); !maps.Equal(got, map[string]string{"name": "ann"}) {
		t.Errorf("params = %v", got)
	}
}

func TestEvent_takesCookiesFromTheirOwnArray(t *testing.T) {
	if got := scanned(awsEvent2).Header("cookie"); got != "a=1; b=2" {
		t.Fatalf("cookie = %q", got)
	}
}

func TestEvent_keepsABodyThatIsNoBase64(t *testing.T) {
	if got := string(scanned(`{"isBase64Encoded":true,"body":"***"}`).Body()); got != "***" {
		t.Fatalf("body = %q", got)
	}
}

// An event is read as far as somebody asks, and must look the same however far
// that was.
func TestEvent_isTheSameInAnyOrder(t *testing.T) {
	asks := []func(Event) any{
		func(e Event) any { return e.Param("name") },
		func(e Event) any { return e.Header("Host") },
		func(e Event) any { return e.Method() },
		func(e Event) any { return e.RawQuery() },
		func(e Event) any { return string(e.Body()) },
		func(e Event) any { return e.f.gateway() },
		func(e Event) any { return e.Stage() + e.SourceIP() + e.RequestID() + e.Path() },
	}
	for _, raw := range []string{tencentEvent, awsEvent1, awsEvent2} {
		for first, ask := range asks {
			want := ask(scanned(raw))
			e := scanned(raw)
			for _, before := range asks {
				before(e)
			}
			if got := ask(e); got != want {
				t.Errorf("%.30s: question %d got %v, asked alone %v", raw, first, got, want)
			}
		}
	}
}

func BenchmarkEvent_scan(b *testing.B) {
	raw := []byte(tencentEvent)
	var f fields
	b.ReportAllocs()
	for b.Loop() {
		f.scan(raw)
		Event{&f}.whole()
	}
}
