package exampletest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const sample = `# A form is echoed.
# It has two lines.
POST /form?a=1 HTTP/1.1
Host: form.example
X-a: 1

one
two
---
201
X-Method: POST
Set-Cookie: b=2
X-Host: ~ form\..*

~ o.e
two
===
GET /picture HTTP/1.1
---
200

binary sha256:` + "b3d510ef04275ca8e698e5b3cbb0ece3949ef9252f0cdc839e9ee347409a2209" + `
===

GET /anything HTTP/1.1
---
404
`

func TestParse_readsConversations(t *testing.T) {
	got, err := Parse([]byte(sample))
	want := []Case{
		{Name: "A form is echoed. It has two lines.", Line: 3, Method: "POST", Target: "/form?a=1",
			Header: []Field{{"Host", "form.example"}, {"X-A", "1"}}, Body: "one\ntwo",
			Status: 201, WantHeader: []Field{{"X-Method", "POST"}, {"Set-Cookie", "b=2"}, {"X-Host", `~ form\..*`}},
			WantBody: []string{"~ o.e", "two"}},
		{Name: "GET /picture HTTP/1.1", Line: 18, Method: "GET", Target: "/picture", Status: 200,
			WantBody: []string{"binary sha256:b3d510ef04275ca8e698e5b3cbb0ece3949ef9252f0cdc839e9ee347409a2209"}},
		{Name: "GET /anything HTTP/1.1", Line: 25, Method: "GET", Target: "/anything", Status: 404},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

func TestParse_saysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "line 2: there is no request",
		"GET / HTTP/1.1\n":                   "no line of three dashes",
		"GET /\n---\n200":                    "is no request line",
		"GET x HTTP/1.1\n---\n200":           "is no request line",
		"GET / HTTP/1.1\nodd\n---\n200":      "is no header line",
		"GET / HTTP/1.1\n---\n20":            "is no status",
		"GET / HTTP/1.1\n---":                "there is no status",
		"GET / HTTP/1.1\n---\n200\na b: c\n": "is no header line",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: err = %v, want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("\n===\n---\n"))
	f.Add([]byte("\n---"))
	f.Fuzz(func(t *testing.T, text []byte) {
		cases, err := Parse(text)
		for _, c := range cases {
			if err == nil && (c.Method == "" && c.Target == "" || c.Name == "" || c.Line < 1) {
				t.Fatalf("%+v", c)
			}
			c.Check(Answer{Body: text})
		}
	})
}

// serve answers as the sample wants it.
func serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Method", r.Method)
	w.Header().Set("X-Host", r.Host)
	w.Header().Add("Set-Cookie", "a=1")
	w.Header().Add("Set-Cookie", "b=2")
	switch r.URL.Path {
	case "/form":
		w.WriteHeader(http.StatusCreated)
		io.Copy(w, r.Body)
		fmt.Fprintln(w)
	case "/picture":
		w.Write([]byte("\xff\xfe"))
	default:
		http.NotFound(w, r)
	}
}

func TestRun_passesWhenAllIsAsWanted(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(serve))
	defer server.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sample.case"), []byte(sample), 0o600); err != nil {
		t.Fatal(err)
	}
	Run(t, server.URL, dir)
}

func TestCheck_complains(t *testing.T) {
	c := Case{Method: "GET", Target: "/", Status: 200, WantHeader: []Field{{"X-A", "1"}}, WantBody: []string{"hello"}}
	fine := Answer{200, http.Header{"X-A": {"0", "1"}}, []byte("hello\n")}
	if got := c.Check(fine); got != nil {
		t.Fatalf("got %q, want no complaint", got)
	}
	for want, answer := range map[string]Answer{
		"status = 500":       {500, fine.Header, fine.Body},
		`X-A = []`:           {200, nil, fine.Body},
		`body = "hell"`:      {200, fine.Header, []byte("hell")},
		`body = "hello\n\n"`: {200, fine.Header, []byte("hello\n\n")},
	} {
		if got := c.Check(answer); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	c.WantBody = []string{"binary sha256:00"}
	if got := c.Check(fine); len(got) != 1 || !strings.Contains(got[0], "body has 6 bytes") {
		t.Errorf("got %q", got)
	}
}
