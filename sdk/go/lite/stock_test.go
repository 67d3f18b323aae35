package lite

import "testing"

func TestText_sharesItsHeaderWithNoOther(t *testing.T) {
	for n := range 200 { // more than the stock
		for _, r := range []Response{Text(200, "a"), JSON(200, nil)} {
			if len(r.Header) != 1 || len(r.Header["Content-Type"]) != 1 || r.Header.Get("X-Seen") != "" {
				t.Fatalf("response %d begins with %v", n, r.Header)
			}
			r.Header.Set("X-Seen", "1")
			r.Header["Content-Type"][0] = "changed"
		}
	}
	if got := Text(200, "a").Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Fatalf("the content type is %q", got)
	}
}
