package abi

import "testing"

func TestRequest_findsHeadersWhateverTheirCase(t *testing.T) {
	r := Request{Header: []Field{{[]byte("X-One"), []byte("1")}, {[]byte("x-one"), []byte("2")}, {[]byte("Empty"), nil}}}
	for _, c := range []struct {
		name, value string
		found       bool
	}{{"x-ONE", "1", true}, {"empty", "", true}, {"x-on", "", false}, {"", "", false}} {
		if value, found := r.FindHeader(c.name); string(value) != c.value || found != c.found {
			t.Errorf("FindHeader(%q) = %q, %v, want %q, %v", c.name, value, found, c.value, c.found)
		}
	}
}

func TestEqualFold_ignoresTheCaseOfASCIIOnly(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"Ab-[", "aB-[", true}, {"@", "`", false}, {"[", "{", false}, {"\u212a", "k", false}, {"Ä", "ä", false}, {"", "", true}} {
		if got := EqualFold([]byte(c.a), c.b); got != c.want {
			t.Errorf("EqualFold(%q, %q) = %v", c.a, c.b, got)
		}
	}
}

func TestResponse_resetKeepsItsRoom(t *testing.T) {
	r := Response{Status: 200, Header: make([]Field, 2, 8), Body: []byte("x"), Scratch: make([]byte, 3, 64)}
	r.Reset()
	if r.Status != 0 || len(r.Header) != 0 || r.Body != nil || len(r.Scratch) != 0 {
		t.Fatalf("got %+v, want it empty", r)
	}
	if cap(r.Header) != 8 || cap(r.Scratch) != 64 {
		t.Fatalf("room for %d fields and %d bytes is left", cap(r.Header), cap(r.Scratch))
	}
}
