package lambda

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/dialect/dialecttest"
)

var (
	route1 = dialect.Route{App: "shop", Path: "/orders/{id}", Method: "POST", Payload: "1.0"}
	route2 = dialect.Route{App: "shop", Path: "/orders/{id}", Method: "POST", Payload: "2.0"}
)

func order() *abi.Request {
	header := strings.Join([]string{
		"Host: api.shop.example:8443",
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
		"Accept: text/html",
		"accept: application/json",
		"Accept-Encoding: gzip, deflate, br, zstd",
		"Content-Type: application/json",
		"Cookie: session=0123456789abcdef; theme=dark",
		"cookie: more=1",
	}, "\n")
	req := dialecttest.NewRequest([]byte("POST"), []byte("/orders/7"), []byte("a=1&a=2&b=x+y&c"), []byte(header), []byte("api.shop.example:8443"), []byte(`{"n":1}`))
	req.Params = []abi.Param{{Name: "id", Value: []byte("7")}}
	req.Identity.SecretID = "AKID"
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

func appendEvent(tb testing.TB, d *Dialect, req *abi.Request) []byte {
	tb.Helper()
	event, err := d.AppendEvent(nil, req)
	if err != nil {
		tb.Fatal(err)
	}
	return event
}

// unmarshal takes no key that the type of v does not know.
func unmarshal(t *testing.T, event []byte, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(event))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%v: %s", err, event)
	}
}

func check(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		g, _ := json.MarshalIndent(got, "", "  ")
		w, _ := json.MarshalIndent(want, "", "  ")
		t.Errorf("got %s\nwant %s", g, w)
	}
}

func TestAppendEvent_isWhatRESTHandlersRead(t *testing.T) {
	event := appendEvent(t, newDialect(t, route1), order())
	// The type leaves out a key that the cloud sends.
	event = bytes.Replace(event, []byte(`"principalOrgId":null,`), nil, 1)
	var got events.APIGatewayProxyRequest
	unmarshal(t, event, &got)
	check(t, got, events.APIGatewayProxyRequest{
		Resource:   "/orders/{id}",
		Path:       "/orders/7",
		HTTPMethod: "POST",
		Headers: map[string]string{
			"Host": "api.shop.example:8443", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)", "Accept": "application/json",
			"Accept-Encoding": "gzip, deflate, br, zstd", "Content-Type": "application/json", "Cookie": "more=1",
			"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Port": "8443", "X-Forwarded-Proto": "http",
		},
		MultiValueHeaders: map[string][]string{
			"Host": {"api.shop.example:8443"}, "User-Agent": {"Mozilla/5.0 (X11; Linux x86_64)"}, "Accept": {"text/html", "application/json"},
			"Accept-Encoding": {"gzip, deflate, br, zstd"}, "Content-Type": {"application/json"}, "Cookie": {"session=0123456789abcdef; theme=dark", "more=1"},
			"X-Forwarded-For": {"192.0.2.1"}, "X-Forwarded-Port": {"8443"}, "X-Forwarded-Proto": {"http"},
		},
		QueryStringParameters:           map[string]string{"a": "2", "b": "x y", "c": ""},
		MultiValueQueryStringParameters: map[string][]string{"a": {"1", "2"}, "b": {"x y"}, "c": {""}},
		PathParameters:                  map[string]string{"id": "7"},
		RequestContext: events.APIGatewayProxyRequestContext{
			AccountID: "000000000000", ResourceID: newID("resource", "/orders/{id}")[:6], Stage: "prod",
			DomainName: "api.shop.example", DomainPrefix: "api",
			RequestID: "00112233445566778899aabbccddeeff", ExtendedRequestID: "00112233445566778899aabbccddeeff",
			Protocol: "HTTP/1.1", ResourcePath: "/orders/{id}", Path: "/orders/7", HTTPMethod: "POST",
			RequestTime: "04/Mar/2020:19:03:58 +0000", RequestTimeEpoch: 1583348638390, APIID: newID("api", "shop"),
			Identity: events.APIGatewayRequestIdentity{AccessKey: "AKID", SourceIP: "192.0.2.1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64)"},
		},
		Body: `{"n":1}`,
	})
}

func TestAppendEvent_isWhatHTTPHandlersRead(t *testing.T) {
	var got events.APIGatewayV2HTTPRequest
	unmarshal(t, appendEvent(t, newDialect(t, route2), order()), &got)
	check(t, got, events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "POST /orders/{id}", RawPath: "/orders/7", RawQueryString: "a=1&a=2&b=x+y&c",
		Cookies: []string{"session=0123456789abcdef", "theme=dark", "more=1"},
		Headers: map[string]string{
			"host": "api.shop.example:8443", "user-agent": "Mozilla/5.0 (X11; Linux x86_64)", "accept": "text/html,application/json",
			"accept-encoding": "gzip, deflate, br, zstd", "content-type": "application/json",
			"x-forwarded-for": "192.0.2.1", "x-forwarded-port": "8443", "x-forwarded-proto": "http",
		},
		QueryStringParameters: map[string]string{"a": "1,2", "b": "x y", "c": ""},
		PathParameters:        map[string]string{"id": "7"},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: "POST /orders/{id}", AccountID: "000000000000", Stage: "$default", RequestID: "00112233445566778899aabbccddeeff",
			Authorizer: &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
				IAM: &events.APIGatewayV2HTTPRequestContextAuthorizerIAMDescription{AccessKey: "AKID", AccountID: "000000000000"},
			},
			APIID: newID("api", "shop"), DomainName: "api.shop.example", DomainPrefix: "api",
			Time: "04/Mar/2020:19:03:58 +0000", TimeEpoch: 1583348638390,
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: "POST", Path: "/orders/7", Protocol: "HTTP/1.1", SourceIP: "192.0.2.1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64)",
			},
		},
		Body: `{"n":1}`,
	})
}

func TestAppendEvent_allocatesNothing(t *testing.T) {
	for name, r := range map[string]dialect.Route{"1.0": route1, "2.0": route2} {
		t.Run(name, func(t *testing.T) {
			d, req, room := newDialect(t, r), order(), make([]byte, 0, 16<<10)
			req.Query = []byte("a=%ff&%61=2&+=%")
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

func FuzzAppendEvent(f *testing.F) {
	canonical := route2
	canonical.Canonical = true
	dialecttest.FuzzEvent(f, "testdata/event-*.case", newDialect(f, route1), newDialect(f, route2), newDialect(f, canonical))
}

func BenchmarkAppendEvent(b *testing.B) {
	for name, r := range map[string]dialect.Route{"1.0": route1, "2.0": route2} {
		b.Run(name, func(b *testing.B) {
			d, req := newDialect(b, r), order()
			dst := make([]byte, 0, 16<<10)
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = d.AppendEvent(dst[:0], req)
			}
			b.SetBytes(int64(len(dst)))
		})
	}
}
