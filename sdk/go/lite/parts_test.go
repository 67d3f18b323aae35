package lite

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// gatewayEvent is an event as the gateway writes it, with these members of
// header, query and variables.
func gatewayEvent(header, query, params string) string {
	return `{"headerParameters":{},"pathParameters":{` + params + `},"requestContext":{"serviceId":"service-1","path":"/","httpMethod":"GET",` +
		`"requestId":"0123456789abcdef","identity":{},"sourceIp":"10.0.2.14","stage":"release"},"headers":{` + header + `},` +
		`"queryStringParameters":{},"queryString":{` + query + `},"path":"/greet/ann","httpMethod":"GET","stageVariables":{"stage":"release"}}`
}

const addedHeader = `"requestsource":"APIGW","x-qualifier":"$DEFAULT","endpoint-timeout":"15","x-anonymous-consumer":"true","x-api-scheme":"http",` +
	`"x-api-requestid":"0123456789abcdef","x-b3-traceid":"0123456789abcdef"`

var partsEvents = []string{
	gatewayEvent(``, ``, ``),
	gatewayEvent(addedHeader, ``, ``),
	gatewayEvent(addedHeader+`,"host":"h.example"`, `"a":"1"`, `"name":"ann"`),
	gatewayEvent(addedHeader+`,"host":"h.example","accept":"*/*","user-agent":"load/1.0","x-odd":"a\"b","x-Mixed-case":"1","dnt":"1"`, ``, ``),
	gatewayEvent(`"host":"h","requestsource":"APIGW","x-qualifier":"$DEFAULT","accept":"*/*","x-api-scheme":"late"`, ``, ``),
	gatewayEvent(addedHeader+`,"host":"h.example"`, ``, ``),
	gatewayEvent(strings.ReplaceAll(addedHeader, `x-`, `X-`)+`,"Host":"h.example"`, ``, ``),
	gatewayEvent(strings.Replace(addedHeader, `"endpoint-timeout":"15",`, ``, 1)+`,"host":"h"`, ``, ``),
	gatewayEvent(strings.Replace(addedHeader, `"x-anonymous-consumer":"true",`, ``, 1)+`,"host":"h","a":"1"`, ``, ``),
	gatewayEvent(addedHeader+`,"host":"h","HOST":"g"`, ``, ``),
	gatewayEvent(addedHeader+`,"host":"h","x-b3-traceid":"2"`, ``, ``),
	gatewayEvent(`"x-a":"1","X-A":"2"`, ``, ``),
	gatewayEvent(`"x-a":["1","2"]`, ``, ``),
	gatewayEvent(addedHeader+`,"x-qualifier":"again"`, ``, ``),
	gatewayEvent(`"host":"a","Host":"b"`, ``, ``),
	gatewayEvent(`"Host":"a"`, `"a":["1","2"],"b":true`, ``),
	strings.Replace(gatewayEvent(addedHeader, ``, ``), `"identity":{}`, `"identity":{"secretId":"s"}`, 1),
	strings.Replace(gatewayEvent(addedHeader, ``, ``), `"identity":{}`, `"identity":{"sourceIp":"1.2.3.4"}`, 1),
	strings.Replace(gatewayEvent(addedHeader, ``, ``), `"/greet/ann"`, `"/a\"b"`, 1),
	strings.Replace(gatewayEvent(addedHeader, ``, ``), `"path":"/greet/ann"`, `"body":"a\nb","path":"/"`, 1),
	strings.Replace(gatewayEvent(addedHeader, ``, ``), `"path":"/greet/ann"`, `"body":"aGk=","isBase64Encoded":true,"path":"/"`, 1),
	strings.Replace(gatewayEvent(addedHeader, ``, ``), `"headerParameters":{}`, `"multiValueHeaders":{"a":["1"]}`, 1),
	strings.Replace(gatewayEvent(addedHeader, ``, ``), `"headerParameters":{}`, `"headers":{"a":"1"}`, 1),
	strings.Replace(gatewayEvent(addedHeader, ``, ``), `"stageVariables":`, `"headers":{},"stageVariables":`, 1),
	strings.Replace(gatewayEvent(addedHeader, ``, ``), `"stageVariables":`, `"requestContext":{},"stageVariables":`, 1),
	strings.Replace(gatewayEvent(addedHeader, ``, ``), `"stageVariables":`, `"requestContext":{"sourceIp":7},"stageVariables":`, 1),
	strings.Replace(gatewayEvent(addedHeader, ``, ``), `"stageVariables":`, `"path":"/\\","httpMethod":"PUT","stageVariables":`, 1),
	strings.Replace(gatewayEvent(addedHeader, ``, ``), `"sourceIp":"10.0.2.14"`, `"sourceIp":{}`, 1),
	strings.Replace(gatewayEvent(addedHeader, ``, ``), `"queryStringParameters":{}`, `"queryStringParameters":{"a":"1"}`, 1),
	tencentEvent, awsEvent1, awsEvent2,
	`{}`, `{`, ``, `[]`, `null`, `{"path":"/","httpMethod":"GET"}`, `{"path":1,"httpMethod":null}`, `{"headers":{"a":"1`, `{"headers":`, `{"a":{`,
}

// placed returns an event as a handler in a module gets it: with room behind it
// and, as long as there is stock, in memory of its own.
func placed(raw string) Event {
	room := program.eventRoom(len(raw))
	f := &program.fields
	f.scan(room[:copy(room, raw)])
	return Event{f}
}

// newProgram gives a test a program of its own.
func newProgram(t testing.TB) {
	before := program
	program = newState()
	Ahead(func(context.Context) any { return nil })
	t.Cleanup(func() { program = before })
}

// compareParts compares the parts that are read with those that are asked for.
func compareParts(t *testing.T, e Event, raw string) {
	t.Helper()
	var got, want Parts
	e.ReadParts(&got)
	reply := string((&Response{}).appendTo(nil, e.f.gateway(), nil))
	params := e.Params()
	other := scanned(raw)
	other.askParts(&want)
	want.Params, want.Body = len(find([]byte(raw), "pathParameters")) > len("{}"), other.Body()
	if len(got.Body) == 0 && len(want.Body) == 0 {
		got.Body = want.Body
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s\ngot  %+v\nwant %+v", raw, got, want)
	}
	if want := string((&Response{}).appendTo(nil, other.f.gateway(), nil)); reply != want {
		t.Fatalf("%s is answered by %s, want %s", raw, reply, want)
	}
	if want := other.Params(); !reflect.DeepEqual(params, want) {
		t.Fatalf("%s has the variables %v, want %v", raw, params, want)
	}
	if got, want := e.Stage()+e.RequestID()+e.SourceIP()+e.Header("host"), other.Stage()+other.RequestID()+other.SourceIP()+other.Header("host"); got != want {
		t.Fatalf("%s: got %q, want %q", raw, got, want)
	}
}

func TestEvent_readsThePartsThatOneAsksFor(t *testing.T) {
	newProgram(t)
	for range 5 { // more than the stock
		for _, raw := range partsEvents {
			compareParts(t, placed(raw), raw)
			compareParts(t, scanned(raw), raw)
		}
	}
}

// The events of the gateway take the short way; nobody would notice otherwise.
func TestEvent_readsPartsInOnePass(t *testing.T) {
	newProgram(t)
	for _, raw := range partsEvents[:5] {
		if e := placed(raw); !e.f.readParts(new(Parts)) {
			t.Errorf("%s takes the long way", raw)
		}
	}
}

func TestEvent_keepsPartsForGood(t *testing.T) {
	newProgram(t)
	var kept []Parts
	for n := range 200 { // more than the stock
		kept = append(kept, Parts{})
		placed(gatewayEvent(addedHeader+fmt.Sprintf(`,"host":"h%d","x-n":"%d","cookie":"%d"`, n, n, n), ``, ``)).ReadParts(&kept[n])
		if room := program.contextRoom(2); len(room) < 2 {
			t.Fatal("there is no room for the context")
		}
	}
	for n, p := range kept {
		want := Header{"Requestsource": {"APIGW"}, "X-Qualifier": {"$DEFAULT"}, "Endpoint-Timeout": {"15"}, "X-Anonymous-Consumer": {"true"},
			"X-Api-Scheme": {"http"}, "X-Api-Requestid": {"0123456789abcdef"}, "X-B3-Traceid": {"0123456789abcdef"}, "X-N": {fmt.Sprint(n)}, "Cookie": {fmt.Sprint(n)}}
		if p.Host != fmt.Sprint("h", n) || p.Path != "/greet/ann" || !reflect.DeepEqual(p.Header, want) {
			t.Fatalf("call %d has now %+v", n, p)
		}
		p.Header["X-Qualifier"] = append(p.Header["X-Qualifier"], "more")
		if got := p.Header.Get("X-Anonymous-Consumer"); got != "true" {
			t.Fatalf("a field overwrote the next: %q", got)
		}
	}
}

func TestTakeAhead_givesWhatWasMadeForTheCallOnce(t *testing.T) {
	before := program
	program = newState()
	t.Cleanup(func() { program = before })
	made := 0
	Ahead(func(ctx context.Context) any { made++; return ctx })
	Ahead(func(context.Context) any { t.Error("something was made twice"); return nil })
	for n := range made + 1 {
		placed(`{}`)
		ctx := context.Context(program.takeRun(program.contextRoom(2)[:0]))
		if got := TakeAhead(context.WithValue(ctx, runKey{}, 1)); got != nil {
			t.Fatalf("call %d: another context was made ready for", n)
		}
		if got := TakeAhead(ctx); n < made && got != ctx || n == made && got != nil {
			t.Fatalf("call %d has what was made for another", n)
		}
		if got := TakeAhead(ctx); got != nil {
			t.Fatalf("call %d has something twice", n)
		}
	}
}

func TestDictionary_findsItsWordsOnly(t *testing.T) {
	for _, w := range known.words {
		if w == nil {
			continue
		}
		find := func(name string) *word {
			return known.find(newScript(append(make([]byte, 0, len(name)+slack), name...)), 0, len(name))
		}
		if got := find(w.name); got != w {
			t.Errorf("%s is not found", w.name)
		}
		for i := range w.name {
			other := []byte(w.name)
			other[i] ^= 1
			if got := find(string(other)); got != nil && got.name != string(other) {
				t.Errorf("%s is taken for %s", other, got.name)
			}
			if got := find(w.name[:i]); got != nil && got.name != w.name[:i] {
				t.Errorf("%s is taken for %s", w.name[:i], got.name)
			}
		}
	}
	for _, w := range append(members(), fieldWords...) {
		if len(w.name) > longest {
			t.Errorf("%s is too long to be told from others", w.name)
		}
	}
}

// Any text may stand anywhere in an event.
func FuzzReadParts(f *testing.F) {
	for _, raw := range partsEvents {
		f.Add(raw, 0, 0, "")
		f.Add(raw, len(raw)/2, 1, "\\")
	}
	newProgram(f)
	f.Fuzz(func(t *testing.T, raw string, at, cut int, put string) {
		if at >= 0 && cut >= 0 && at <= len(raw) && cut <= len(raw)-at {
			raw = raw[:at] + put + raw[at+cut:]
		}
		if !json.Valid([]byte(raw)) {
			placed(raw).ReadParts(new(Parts)) // any answer, and no panic
			scanned(raw).ReadParts(new(Parts))
			return
		}
		compareParts(t, placed(raw), raw)
		compareParts(t, scanned(raw), raw)
	})
}
