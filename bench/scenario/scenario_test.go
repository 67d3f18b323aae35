package scenario

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/bench/load"
)

func TestRead_takesEveryKey(t *testing.T) {
	text, err := os.ReadFile("testdata/every-key.toml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Read(text)
	if err != nil {
		t.Fatal(err)
	}
	if s.Title != "a small shop" || s.Connections != 16 || s.Rate != 0 || s.Duration != 5*time.Second || s.WarmUp != 500*time.Millisecond || s.KeepAlive {
		t.Errorf("scenario = %+v", s)
	}
	if len(s.Requests) != 3 {
		t.Fatalf("%d requests, want 3", len(s.Requests))
	}
	list, order, upload := s.Requests[0], s.Requests[1], s.Requests[2]
	if list.Weight != 8 || list.Numbers != 100 || list.Think != 10*time.Millisecond || list.Expect.Match.String() != `"items":` {
		t.Errorf("list = %+v", list)
	}
	want := []load.Field{{Name: "Accept", Value: "application/json"}, {Name: "X-Shop", Value: "1"}}
	if len(list.Header) != 2 || list.Header[0] != want[0] || list.Header[1] != want[1] {
		t.Errorf("header = %v, want %v", list.Header, want)
	}
	if order.Method != "POST" || string(order.Body) != `{"item":1}` || order.Expect.Status != 201 || string(order.Expect.Body) != "ordered" {
		t.Errorf("order = %+v", order)
	}
	if len(upload.Body) != 4096 || !upload.Expect.Echo || upload.Expect.Bytes != 4096 {
		t.Errorf("upload = %+v", upload)
	}
}

func TestRead_saysAllThatIsWrongAtOnce(t *testing.T) {
	_, err := Read([]byte(`
connectoins = 3
rate = 10
[[request]]
path = "x"
think = "1s"
[[request]]
path = "/{n}"
body = "a"
body_size = 3
[request.expect]
match = "("
status = 42
`))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"connectoins", "begin with '/'", "think", "need each other", "body_size", "match", "status"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not speak of %s:\n%v", want, err)
		}
	}
}

func TestRead_refuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":           "",
		"not TOML":          "[[",
		"wrong type":        "connections = \"many\"\n[[request]]\npath = \"/\"",
		"negative duration": "duration = \"-1s\"\n[[request]]\npath = \"/\"",
		"other arrivals":    "arrivals = \"late\"\n[[request]]\npath = \"/\"",
	} {
		if _, err := Read([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestBody_needsNoEscapes(t *testing.T) {
	body := Body(10_000)
	if len(body) != 10_000 || strings.ContainsAny(string(body), "\"\\\r\n\x00<>&") {
		t.Errorf("%d bytes: %.40q", len(body), body)
	}
	if string(Body(100)) != string(body[:100]) {
		t.Error("the same size makes another body")
	}
}

// FuzzRead shows that no file makes the reader panic, and that what it takes
// can be sent.
func FuzzRead(f *testing.F) {
	text, err := os.ReadFile("testdata/every-key.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("[[request]]\npath = \"/{n}\"\nnumbers = 3"))
	f.Add([]byte("rate = 1e9\narrivals = \"random\"\n[[request]]\npath = \"/\"\nexpect = { match = \"a*\" }"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Read(text)
		if err != nil {
			return
		}
		if len(s.Requests) == 0 || s.Duration < 0 || s.Connections < 0 {
			t.Fatalf("took %+v", s)
		}
		for _, r := range s.Requests {
			if !strings.HasPrefix(r.Path, "/") || r.Weight < 0 || len(r.Body) > MaxBody {
				t.Fatalf("took %+v", r)
			}
		}
	})
}
