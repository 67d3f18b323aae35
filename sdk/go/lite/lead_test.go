package lite

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/dialect/scf"
)

// made returns the event that the gateway makes of a request for a route.
func made(t *testing.T, r dialect.Route, req *abi.Request) string {
	t.Helper()
	d, err := scf.New(r)
	if err != nil {
		t.Fatal(err)
	}
	event, err := d.AppendEvent(nil, req)
	if err != nil {
		t.Fatal(err)
	}
	return string(event)
}

func sampleRoute() dialect.Route {
	return dialect.Route{App: "app", Function: "hello", Path: "/greet/{name}", Method: "GET", Integrated: true, Timeout: 180}
}

func sampleRequest() *abi.Request {
	return &abi.Request{
		ID: strings.Repeat("0123456789abcdef", 2), Method: []byte("GET"), Scheme: "https", Host: []byte("h.example:8080"), RawPath: []byte("/greet/ann"),
		Params: []abi.Param{{Name: "name", Value: []byte("ann")}}, ClientIP: "10.0.2.14",
		Header: []abi.Field{{Name: []byte("user-agent"), Value: []byte("load/1.0")}},
	}
}

// What the gateway writes and what is compared with it are kept together by
// this test; nothing but time would tell otherwise.
func TestLead_isWhatTheGatewayWrites(t *testing.T) {
	newProgram(t)
	for name, change := range map[string]func(*dialect.Route, *abi.Request){
		"as it is":     func(*dialect.Route, *abi.Request) {},
		"no variables": func(r *dialect.Route, req *abi.Request) { r.Path, req.Params = "/", nil },
		"no timeout":   func(r *dialect.Route, _ *abi.Request) { r.Timeout = 0 },
		"credentials":  func(r *dialect.Route, req *abi.Request) { r.Authenticated, req.Identity.SecretID = true, "id" },
		"a declared field": func(r *dialect.Route, _ *abi.Request) {
			r.Declared = []dialect.Param{{Name: "a", In: dialect.InHeader}}
		},
		"no fields": func(_ *dialect.Route, req *abi.Request) { req.Header = nil },
		"a body":    func(_ *dialect.Route, req *abi.Request) { req.Body = []byte("a\nb") },
		"another stage and verb": func(r *dialect.Route, req *abi.Request) {
			r.Stage, r.Method, req.Method = "test", "ANY", []byte("DELETE")
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, req := sampleRoute(), sampleRequest()
			change(&r, req)
			raw := made(t, r, req)
			e, p := placed(raw), new(Parts)
			s := newScript(e.f.raw)
			first := e.f.readLead(p, s)
			if first == 0 {
				t.Fatalf("the lead is not known: %s", raw)
			}
			if i := newPrepared().readAdded(p, e.f.raw, s, first); i == first {
				t.Errorf("the added fields are not known: %s", raw)
			}
			if i := strings.Index(raw, `},"queryStringParameters"`) + 1; e.f.readTrail(s, i) == i {
				t.Errorf("the trail is not known: %s", raw)
			}
			compareParts(t, placed(raw), raw)
		})
	}
}

// An event that differs in any byte is read as one that has no lead.
func TestEvent_readsPartsOfWhateverDiffers(t *testing.T) {
	newProgram(t)
	raw := made(t, sampleRoute(), sampleRequest())
	for i := range raw {
		for _, other := range []string{
			raw[:i],                              // truncated
			raw[:i] + raw[i+1:],                  // less
			raw[:i] + raw[i:i+1] + raw[i:],       // more
			raw[:i] + "x" + raw[i+1:],            // other
			raw[:i] + `\"` + raw[i:],             // escaped
			raw[:i] + "\"" + raw[i:],             // ended early
			raw[:i] + " " + raw[i:],              // spaced
			raw[:i] + `,"a":{"b":[1]}` + raw[i:], // with a member
			raw[:i] + "{}" + raw[i+min(1, i):],   // with an object
			raw[:i] + strings.ToUpper(raw[i:i+1]) + raw[i+1:],
		} {
			if !json.Valid([]byte(other)) {
				placed(other).ReadParts(new(Parts)) // any answer, and no panic
				scanned(other).ReadParts(new(Parts))
				continue
			}
			compareParts(t, placed(other), other)
			compareParts(t, scanned(other), other)
		}
	}
}
