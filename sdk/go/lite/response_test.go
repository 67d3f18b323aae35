package lite

import (
	"context"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

func TestResponse_followsTheEvent(t *testing.T) {
	cookies := Response{Status: 201, Body: []byte("ok"), Header: Header{"Set-Cookie": {"a=1", "b=2"}, "X-A": {"1"}, "Vary": {"a", "b"}, "Empty": {}}}
	for _, c := range []struct {
		name, event string
		res         Response
		want        string
	}{
		{"text", tencentEvent, Text(200, "hi \"ann\""),
			`{"isBase64Encoded":false,"statusCode":200,"headers":{"Content-Type":"text/plain; charset=utf-8"},"body":"hi \"ann\""}`},
		{"binary", tencentEvent, Response{Body: []byte{0xff}},
			`{"isBase64Encoded":true,"statusCode":200,"headers":{},"body":"/w=="}`},
		{"cookies, tencent", tencentEvent, cookies,
			`{"isBase64Encoded":false,"statusCode":201,"headers":{"Set-Cookie":["a=1","b=2"],"Vary":["a","b"],"X-A":"1"},"body":"ok"}`},
		{"cookies, aws 1.0", awsEvent1, cookies,
			`{"isBase64Encoded":false,"statusCode":201,"multiValueHeaders":{"Set-Cookie":["a=1","b=2"],"Vary":["a","b"],"X-A":["1"]},"body":"ok"}`},
		{"single, aws 1.0", awsEvent1, JSON(200, []byte(`{}`)),
			`{"isBase64Encoded":false,"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"{}"}`},
		{"cookies, aws 2.0", awsEvent2, cookies,
			`{"isBase64Encoded":false,"statusCode":201,"headers":{"Vary":"a, b","X-A":"1"},"cookies":["a=1","b=2"],"body":"ok"}`},
		{"cookie in lower case, aws 2.0", awsEvent2, Response{Header: Header{"set-cookie": {"a=1"}}},
			`{"isBase64Encoded":false,"statusCode":200,"headers":{},"cookies":["a=1"],"body":""}`},
		{"raw", tencentEvent, Response{Raw: []byte(`"as it is"`)}, `"as it is"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := answer(t, c.event, func(context.Context, Event) (Response, error) { return c.res, nil })
			if err != nil || got != c.want {
				t.Fatalf("got  %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

func FuzzResponse(f *testing.F) {
	f.Add("Name", "value", []byte("body"))
	f.Add("\xff", "\x00\u2028", []byte{0xff, 0})
	f.Fuzz(func(t *testing.T, name, value string, body []byte) {
		res := Response{Header: Header{name: {value}}, Body: body}
		for _, s := range []shape{shapeTencent, shapeAWS1, shapeAWS2} {
			var got struct {
				Encoded bool `json:"isBase64Encoded"`
				Text    string
				Body    json.RawMessage
			}
			raw := res.appendTo(nil, s, nil)
			if err := json.Unmarshal(raw, &got); err != nil {
				t.Fatalf("%s: %v", raw, err)
			}
			var back string
			if json.Unmarshal(got.Body, &back); utf8.Valid(body) && back != string(body) {
				t.Fatalf("body = %q, want %q", back, body)
			}
		}
	})
}
