package lite

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
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

// Most replies are copied by words where there is room for them, and any byte may
// be one that does not stand for itself.
func TestResponse_isTheSameWhereThereIsRoom(t *testing.T) {
	for size := range 50 {
		plain := []byte(strings.Repeat("The quick brown fox. ", 3)[:size])
		compareReplies(t, "text/plain", plain)
		compareReplies(t, string(plain), []byte("short"))
		for i := range plain {
			for _, c := range []byte{0, 0x1f, '"', '\\', 0x7f, 0x80, 0xff} {
				odd := bytes.Clone(plain)
				odd[i] = c
				compareReplies(t, "text/plain", odd)
				compareReplies(t, string(odd), []byte("a longer body"))
			}
		}
	}
}

func compareReplies(t *testing.T, contentType string, body []byte) {
	t.Helper()
	res := Response{Status: 200, Header: Header{"Content-Type": {contentType}}, Body: body}
	want := res.appendTo(nil, shapeTencent, nil)
	for _, room := range []int{len(want) + 1, len(want) + 2, len(want) + 20} {
		got := res.appendTo(append(make([]byte, 0, room), '-'), shapeTencent, nil)
		if string(got[1:]) != string(want) || !json.Valid(want) {
			t.Fatalf("%q, %q: got  %s with room for %d\nwant %s", contentType, body, got[1:], room, want)
		}
	}
}

func TestHandleSniffing_guessesWhatIsNotSaid(t *testing.T) {
	for _, c := range []struct {
		header Header
		body   string
		want   string
	}{
		{Header{}, "a", `{"isBase64Encoded":false,"statusCode":200,"headers":{"Content-Type":"x/1"},"body":"a"}`},
		{Header{}, "", `{"isBase64Encoded":false,"statusCode":200,"headers":{},"body":""}`},
		{Header{"A": {"b"}}, "a\n", `{"isBase64Encoded":false,"statusCode":200,"headers":{"A":"b","Content-Type":"x/2"},"body":"a\n"}`},
		{Header{"Content-Type": {"y"}}, "a", `{"isBase64Encoded":false,"statusCode":200,"headers":{"Content-Type":"y"},"body":"a"}`},
		{Header{"Content-Type": nil}, "a", `{"isBase64Encoded":false,"statusCode":200,"headers":{},"body":"a"}`},
	} {
		HandleSniffing(func(body []byte) string { return fmt.Sprintf("x/%d", len(body)) }, func(context.Context, Event) *Response {
			return &Response{Status: 200, Header: c.header, Body: []byte(c.body)}
		})
		got, err := Try([]byte(`{}`), nil)
		program.handle = nil
		if err != nil || string(got) != c.want {
			t.Errorf("got  %s, %v\nwant %s", got, err, c.want)
		}
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
