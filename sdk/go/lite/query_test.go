package lite

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"a=1&b=2", "a", "a=b=c", "&&", "%61=%20+", "ä=ö"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := parseQuery(raw)
		want, err := url.ParseQuery(raw)
		if err == nil && !strings.Contains(raw, ";") && !reflect.DeepEqual(url.Values(got), want) {
			t.Fatalf("parseQuery(%q) = %v, want %v", raw, got, want)
		}
		if got, want := string(appendQuery(nil, raw)), url.QueryEscape(raw); got != want {
			t.Fatalf("appendQuery(%q) = %q, want %q", raw, got, want)
		}
	})
}

func TestHeader_isLikeNetHTTP(t *testing.T) {
	ours, theirs := Header{}, http.Header{}
	for _, name := range []string{"content-type", "SET-COOKIE", "X-b3-TraceId", "x", "Already-Fine", "-odd-", ""} {
		ours.Add(name, "1")
		theirs.Add(name, "1")
		ours.Add(name, "2")
		theirs.Add(name, "2")
		if got := ours.Get(strings.ToUpper(name)); got != "1" {
			t.Errorf("Get(%q) = %q", name, got)
		}
	}
	ours.Set("X", "3")
	theirs.Set("X", "3")
	if !reflect.DeepEqual(http.Header(ours), theirs) {
		t.Errorf("got %v, want %v", ours, theirs)
	}
}
