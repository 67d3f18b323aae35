package postern_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	postern "github.com/postern-dev/postern/sdk/go"
)

// reply is an integrated reply.
type reply struct {
	IsBase64Encoded bool
	StatusCode      int
	Headers         map[string]any
	Body            string
}

// try gives an event to handler.
func try(t *testing.T, handler http.Handler, event string) reply {
	t.Helper()
	postern.Serve(handler)
	raw, err := postern.Try([]byte(event), []byte(`{"requestId":"r-1","attempt":2}`))
	if err != nil {
		t.Fatal(err)
	}
	var r reply
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return r
}

func TestServe_servesAMux(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /greet/{name}", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		info := postern.FromContext(r.Context())
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "%s %s %s %s %d %s %d", r.PathValue("name"), r.FormValue("q"), body, r.RemoteAddr, r.ContentLength, info.RequestID, info.Attempt)
	})
	const event = `{"requestContext":{"sourceIp":"10.0.0.1"},"headers":{"host":"h"},"path":"/greet/a%2Fb","httpMethod":"POST",
		"queryString":{"q":"1 2"},"body":"text"}`
	got := try(t, mux, event)
	want := reply{false, 201, map[string]any{"Content-Type": "text/plain; charset=utf-8", "Set-Cookie": []any{"a=1", "b=2"}},
		"a/b 1 2 text 10.0.0.1:0 4 r-1 2"}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

// The request that a function gets is the one that net/http makes of the same
// bytes.
func TestNewRequest_isLikeAServers(t *testing.T) {
	type view struct {
		Method, Path, RawPath, Query, Host, URI, Body string
		Header                                        http.Header
		Size                                          int64
	}
	var got view
	see := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = view{r.Method, r.URL.Path, r.URL.EscapedPath(), r.URL.RawQuery, r.Host, r.RequestURI, string(body), r.Header, r.ContentLength}
	})
	for _, c := range []struct{ name, method, target, body, event string }{
		{"plain", "GET", "/a/b?x=1&y=2", "", `{"path":"/a/b","queryString":{"x":"1","y":"2"},"httpMethod":"GET","headers":{"host":"h.example","x-a":"1"}}`},
		{"escapes", "POST", "/a%2Fb/%C3%A4?x", "hi", `{"rawPath":"/a%2Fb/%C3%A4","rawQueryString":"x","requestContext":{"http":{"method":"POST"}},"headers":{"Host":"h.example","X-a":"1"},"body":"aGk=","isBase64Encoded":true}`},
		{"root", "DELETE", "/", "", `{"httpMethod":"DELETE","resource":"/","multiValueHeaders":{"Host":["h.example"],"x-A":["1"]}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			try(t, see, c.event)
			function := got
			r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
			r.Host = "h.example"
			r.Header.Set("X-A", "1")
			see.ServeHTTP(httptest.NewRecorder(), r)
			if !reflect.DeepEqual(function, got) {
				t.Fatalf("function %+v\nserver   %+v", function, got)
			}
		})
	}
}

func TestServe_forgetsTheResponseBefore(t *testing.T) {
	first := true
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if first {
			w.Header().Set("X-First", "1")
			w.WriteHeader(http.StatusTeapot)
			io.WriteString(w, "first")
		}
		first = false
	})
	try(t, handler, `{}`)
	raw, err := postern.Try([]byte(`{}`), nil)
	if want := `{"isBase64Encoded":false,"statusCode":200,"headers":{},"body":""}`; err != nil || string(raw) != want {
		t.Fatalf("got %s, %v, want %s", raw, err, want)
	}
}

func TestServe_takesTheFirstFinalStatus(t *testing.T) {
	got := try(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusAccepted)
		w.WriteHeader(http.StatusTeapot)
		w.(http.Flusher).Flush()
		w.Write([]byte{0xff, 0xfe})
	}), `{}`)
	if got.StatusCode != http.StatusAccepted || !got.IsBase64Encoded || got.Body != "//4=" {
		t.Fatalf("got %+v", got)
	}
}

func TestServe_givesPathVariablesWithoutAMux(t *testing.T) {
	got := try(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.PathValue("name"))
	}), `{"pathParameters":{"name":"ann"}}`)
	if got.Body != "ann" {
		t.Fatalf("body = %q", got.Body)
	}
}
