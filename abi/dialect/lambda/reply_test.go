package lambda

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect/dialecttest"
)

// lines returns the header of res, a line for each field.
func lines(res *abi.Response) string {
	var out strings.Builder
	for _, f := range res.Header {
		out.WriteString(string(f.Name) + ": " + string(f.Value) + "\n")
	}
	return out.String()
}

func parse(t *testing.T, d *Dialect, reply any) *abi.Response {
	t.Helper()
	text, err := json.Marshal(reply)
	if err != nil {
		t.Fatal(err)
	}
	var res abi.Response
	if err := d.ParseReply(&res, text); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return &res
}

func TestParseReply_takesWhatRESTHandlersReturn(t *testing.T) {
	d := newDialect(t, route1)
	res := parse(t, d, events.APIGatewayProxyResponse{
		StatusCode:        201,
		Headers:           map[string]string{"Content-Type": "text/html"},
		MultiValueHeaders: map[string][]string{"Set-Cookie": {"a=1", "b=2"}},
		Body:              "<b>\"hi\" & bye</b>\n",
	})
	if res.Status != 201 || string(res.Body) != "<b>\"hi\" & bye</b>\n" || lines(res) != "Set-Cookie: a=1\nSet-Cookie: b=2\nContent-Type: text/html\n" {
		t.Errorf("got %d %q %q", res.Status, lines(res), res.Body)
	}
	res = parse(t, d, events.APIGatewayProxyResponse{StatusCode: 200, Body: base64.StdEncoding.EncodeToString([]byte{0xff, 0}), IsBase64Encoded: true})
	if string(res.Body) != "\xff\x00" || lines(res) != "Content-Type: application/json\n" {
		t.Errorf("got %d %q %q", res.Status, lines(res), res.Body)
	}
}

func TestParseReply_takesWhatHTTPHandlersReturn(t *testing.T) {
	d := newDialect(t, route2)
	res := parse(t, d, events.APIGatewayV2HTTPResponse{
		StatusCode:        302,
		Headers:           map[string]string{"Location": "/x"},
		MultiValueHeaders: map[string][]string{"Vary": {"Accept", "Origin"}},
		Cookies:           []string{"a=1; Secure", "b=2"},
	})
	if want := "Vary: Accept\nVary: Origin\nLocation: /x\nSet-Cookie: a=1; Secure\nSet-Cookie: b=2\nContent-Type: text/plain; charset=utf-8\n"; res.Status != 302 || lines(res) != want || len(res.Body) != 0 {
		t.Errorf("got %d %q %q", res.Status, lines(res), res.Body)
	}
	res = parse(t, d, map[string]any{"message": "hello"})
	if res.Status != 200 || string(res.Body) != `{"message":"hello"}` || lines(res) != "Content-Type: application/json\n" {
		t.Errorf("got %d %q %q", res.Status, lines(res), res.Body)
	}
}

func TestParseReply_allocatesNothing(t *testing.T) {
	d := newDialect(t, route2)
	reply := []byte(`{"statusCode":200,"headers":{"Content-Type":"text\/html"},"multiValueHeaders":null,"body":"a\nb","cookies":["a=1"]}`)
	var res abi.Response
	got := testing.AllocsPerRun(100, func() {
		if err := d.ParseReply(&res, reply); err != nil {
			t.Fatal(err)
		}
	})
	if got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}

func FuzzParseReply(f *testing.F) {
	for _, c := range dialecttest.Cases(f, "testdata/reply-*.case") {
		f.Add(c.Reply)
	}
	rest, http := newDialect(f, route1), newDialect(f, route2)
	f.Fuzz(func(t *testing.T, reply []byte) {
		var res abi.Response
		if rest.ParseReply(&res, reply) == nil {
			dialecttest.CheckResponse(t, &res)
			if !json.Valid(reply) {
				t.Fatalf("%q is not JSON", reply)
			}
		}
		err := http.ParseReply(&res, reply)
		if err == nil {
			dialecttest.CheckResponse(t, &res)
		}
		var e map[string]json.RawMessage
		valid := json.Valid(reply) || len(reply) == 0
		inferred := json.Unmarshal(reply, &e) != nil || len(e["statusCode"]) == 0 || string(e["statusCode"]) == "null"
		if (err != nil && valid && inferred && strings.Count(string(reply), "[")+strings.Count(string(reply), "{") < 500) || (err == nil && !valid) {
			t.Fatalf("%q: err = %v", reply, err)
		}
	})
}

func BenchmarkParseReply(b *testing.B) {
	d := newDialect(b, route2)
	reply := []byte(`{"statusCode":200,"headers":{"Content-Type":"text/html"},"multiValueHeaders":null,"body":"hello world","cookies":["a=1"]}`)
	var res abi.Response
	b.SetBytes(int64(len(reply)))
	b.ReportAllocs()
	for b.Loop() {
		if err := d.ParseReply(&res, reply); err != nil {
			b.Fatal(err)
		}
	}
}
