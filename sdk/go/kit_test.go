package postern_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	postern "github.com/postern-dev/postern/sdk/go"
)

// A handler may keep its request: nobody else gets it or what it points to.
func TestServe_givesEveryCallARequestOfItsOwn(t *testing.T) {
	var kept []*http.Request
	keep := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { kept = append(kept, r) })
	for n := range 200 { // more than the stock
		try(t, keep, fmt.Sprintf(`{"httpMethod":"GET","path":"/%d","headers":{"x-n":"%d"},"pathParameters":{"n":"%d"}}`, n, n, n))
	}
	for n, r := range kept {
		want := fmt.Sprint(n)
		if got := r.Header.Get("X-N"); got != want || r.URL.Path != "/"+want || r.RequestURI != "/"+want || r.PathValue("n") != want {
			t.Fatalf("request %d has now %q, %q, %q and %q", n, got, r.URL.Path, r.RequestURI, r.PathValue("n"))
		}
		if got := postern.FromContext(r.Context()).RequestID; got != "r-1" {
			t.Fatalf("request %d belongs to run %q", n, got)
		}
	}
}

// The room of one response is that of the next, but for a very large one.
func TestServe_writesBodiesOfAllSizes(t *testing.T) {
	for _, size := range []int{0, 1, 1 << 10, 1<<10 + 1, 300 << 10, 5} {
		got := try(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for range size {
				io.WriteString(w, "a")
			}
		}), `{}`)
		if len(got.Body) != size {
			t.Fatalf("a body of %d bytes has %d", size, len(got.Body))
		}
	}
}
