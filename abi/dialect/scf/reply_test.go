package scf

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/dialect/dialecttest"
)

const seedReply = `{"isBase64Encoded":false,"statusCode":200,"headers":{"Content-Type":"text/html"},"body":"hello world"}`

func TestParseReply_allocatesNothing(t *testing.T) {
	for name, reply := range map[string]string{
		"text":    seedReply,
		"escaped": `{"statusCode":200,"headers":{"Content-Type":"text\/html","Set-Cookie":["a=1","b=\"2\""]},"body":"a\nb\u00e9"}`,
		"base64":  `{"isBase64Encoded":true,"statusCode":200,"body":"aGVsbG8="}`,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDialect(t, dialect.Route{Integrated: true})
			var res abi.Response
			reply := []byte(reply)
			got := testing.AllocsPerRun(100, func() {
				if err := d.ParseReply(&res, reply); err != nil {
					t.Fatal(err)
				}
			})
			// The first run makes the room that the others find.
			if got != 0 {
				t.Errorf("%v allocations, want 0", got)
			}
		})
	}
}

func TestParseReply_leavesNothingOfTheOneBefore(t *testing.T) {
	d := newDialect(t, dialect.Route{Integrated: true})
	var res abi.Response
	if err := d.ParseReply(&res, []byte(seedReply)); err != nil {
		t.Fatal(err)
	}
	if err := d.ParseReply(&res, []byte(`{"statusCode":200,"headers":{"A":"1"},"body":7}`)); err == nil {
		t.Fatal("the reply was taken")
	}
	if res.Status != 0 || len(res.Header) != 0 || res.Body != nil {
		t.Errorf("res = %+v, want nothing in it", res)
	}
}

func TestParseReply_takesManyHeadersInTime(t *testing.T) {
	d := newDialect(t, dialect.Route{Integrated: true})
	var res abi.Response
	repeated := `{"statusCode":200,"headers":{` + strings.Repeat(`"a":"1",`, 300_000) + `"a":"2"}}`
	if err := d.ParseReply(&res, []byte(repeated)); err == nil {
		t.Error("a header that is repeated 300,000 times was taken")
	}
	lines := `{"statusCode":200,"headers":{"a":["1"` + strings.Repeat(`,"1"`, 300_000) + `]}}`
	if err := d.ParseReply(&res, []byte(lines)); err == nil {
		t.Error("300,001 header lines were taken")
	}
}

// twin reads an integrated reply with encoding/json: the slow, obvious way.
func twin(reply []byte) (status int, header map[string][]string, body []byte, ok bool) {
	var e map[string]json.RawMessage
	if json.Unmarshal(reply, &e) != nil || e == nil {
		return 0, nil, nil, false
	}
	if !twinGiven(e["statusCode"]) || json.Unmarshal(e["statusCode"], &status) != nil || status < 200 || status > 999 {
		return 0, nil, nil, false
	}
	header = map[string][]string{}
	if twinGiven(e["headers"]) {
		if header, ok = twinHeader(e["headers"]); !ok {
			return 0, nil, nil, false
		}
	}
	var (
		text    string
		encoded bool
	)
	if twinGiven(e["isBase64Encoded"]) && json.Unmarshal(e["isBase64Encoded"], &encoded) != nil {
		return 0, nil, nil, false
	}
	if twinGiven(e["body"]) && json.Unmarshal(e["body"], &text) != nil {
		return 0, nil, nil, false
	}
	body = []byte(text)
	if encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(text); err != nil {
			return 0, nil, nil, false
		}
	}
	return status, header, body, true
}

func twinGiven(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

func twinHeader(raw json.RawMessage) (map[string][]string, bool) {
	var values map[string]any
	if json.Unmarshal(raw, &values) != nil {
		return nil, false
	}
	header := map[string][]string{}
	for name, value := range values {
		if strings.Trim(name, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || name == "" {
			return nil, false
		}
		switch strings.ToLower(name) {
		case "connection", "keep-alive", "transfer-encoding", "content-length", "te", "trailer", "upgrade", "proxy-connection":
			continue
		}
		list, isList := value.([]any)
		if isList && strings.EqualFold(name, "content-type") {
			return nil, false
		}
		if !isList {
			list = []any{value}
		}
		for _, element := range list {
			text, ok := element.(string)
			if !ok || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return nil, false
			}
			header[name] = append(header[name], text)
		}
	}
	return header, true
}

func FuzzParseReply(f *testing.F) {
	for _, c := range dialecttest.Cases(f, "testdata/*.case") {
		if c.Request == nil {
			f.Add(c.Reply)
		}
	}
	f.Add([]byte(`{"statusCode":204,"headers":{"A":111,"B":"2","A":"3"},"body":""}`)) // the last A counts
	integrated := newDialect(f, dialect.Route{Integrated: true})
	passThrough := newDialect(f, dialect.Route{})
	f.Fuzz(func(t *testing.T, reply []byte) {
		var res abi.Response
		if err := passThrough.ParseReply(&res, reply); err != nil || !json.Valid(res.Body) {
			t.Fatalf("%q passes as %q, %v", reply, res.Body, err)
		}
		status, header, body, ok := twin(reply)
		err := integrated.ParseReply(&res, reply)
		// Equal keys that the twin's map forgot may be too many here.
		if (err == nil) != ok && len(reply) < 2000 && !equalTypes(header) && !invalidKeys(reply) {
			t.Fatalf("%q: err = %v, the twin says %v", reply, err, ok)
		}
		if err != nil {
			return
		}
		dialecttest.CheckResponse(t, &res)
		if invalidKeys(reply) || equalTypes(header) {
			return
		}
		if res.Status != status || string([]rune(string(res.Body))) != string([]rune(string(body))) {
			t.Fatalf("%q: %d %q, want %d %q", reply, res.Status, res.Body, status, body)
		}
		got := map[string][]string{}
		for _, field := range res.Header {
			got[string(field.Name)] = append(got[string(field.Name)], string([]rune(string(field.Value))))
		}
		for name, values := range header {
			if strings.Join(got[name], "\n") != strings.Join(values, "\n") {
				t.Fatalf("%q: %s is %q, want %q", reply, name, got[name], values)
			}
		}
	})
}

// equalTypes reports whether a header has two Content-Types, of which a map
// doesn't tell the last.
func equalTypes(header map[string][]string) bool {
	n := 0
	for name := range header {
		if strings.EqualFold(name, "content-type") {
			n++
		}
	}
	return n > 1
}

// invalidKeys reports whether a reply may have keys that are equal only once
// what is not UTF-8 is replaced.
func invalidKeys(reply []byte) bool {
	return bytes.ContainsRune(bytes.ToValidUTF8(reply, []byte("\uFFFD")), '\uFFFD')
}

func BenchmarkParseReply(b *testing.B) {
	html := `{"isBase64Encoded":false,"statusCode":200,"headers":{"Content-Type":"text/html","Set-Cookie":["a=1; Path=/","b=2"]},"body":"` + strings.Repeat(`<p class=\"x\">hello world<\/p>\n`, 200) + `"}`
	picture := `{"isBase64Encoded":true,"statusCode":200,"headers":{"Content-Type":"image/png"},"body":"` + base64.StdEncoding.EncodeToString(make([]byte, 64<<10)) + `"}`
	for _, c := range []struct{ name, reply string }{{"hello", seedReply}, {"html", html}, {"picture", picture}} {
		b.Run(c.name, func(b *testing.B) {
			d := newDialect(b, dialect.Route{Integrated: true})
			reply := []byte(c.reply)
			var res abi.Response
			b.SetBytes(int64(len(reply)))
			b.ReportAllocs()
			for b.Loop() {
				if err := d.ParseReply(&res, reply); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
