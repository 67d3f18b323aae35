package wire

import (
	"bytes"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// plainReplies are what ReadPlain is there for.
var plainReplies = []string{
	`{"isBase64Encoded":false,"statusCode":200,"headers":{"Content-Type":"text/html"},"body":"hello world"}`,
	" {\t\"statusCode\" : 404 ,\n\"headers\" : { \"A\" : \"1\" , \"b!\" : \"\" } , \"body\" : \"\\u00e9\\\"\" }\r\n",
	`{"body":"aGVsbG8=","isBase64Encoded":true,"statusCode":999}`,
	`{"statusCode":200,"headers":{}}`,
	`{"statusCode":200,"headers":{"Connection":"close","connection":"x","A":"1","TE":"1"}}`,
	"{\"statusCode\":200,\"headers\":{\"A\":\"\xff\"},\"body\":\"\xe4\xbd\"}",
}

// oddReplies are others, good and bad.
var oddReplies = []string{
	``, ` `, `{`, `{}`, `[]`, `{"statusCode"`, `{"statusCode":`, `{"statusCode":20}`, `{"statusCode":2000}`, `{"statusCode":200.0}`, `{"statusCode":100}`,
	`{"statusCode":"200"}`, `{"statusCode":200,}`, `{"statusCode":200}x`, `{"statusCode":200,"statusCode":201}`, `{"status\u0043ode":200}`,
	`{"statusCode":200,"other":1}`, `{"statusCode":200,"body":null}`, `{"statusCode":200,"body":"`, `{"statusCode":200,"body":"\x"}`, `{"body":"b"}`,
	`{"statusCode":200,"isBase64Encoded":0}`, `{"statusCode":200,"isBase64Encoded":tru}`, `{"statusCode":200,"isBase64Encoded":truex}`,
	`{"statusCode":200,"headers":null}`, `{"statusCode":200,"headers":{"A":"1","a":"2"}}`, `{"statusCode":200,"headers":{"A":["1"]}}`,
	`{"statusCode":200,"headers":{"A":"\n"}}`, "{\"statusCode\":200,\"headers\":{\"A\":\"\x7f\"}}", `{"statusCode":200,"headers":{"A":"1",}}`,
	`{"statusCode":200,"headers":{"":"1"}}`, `{"statusCode":200,"headers":{"a b":"1"}}`, `{"statusCode":200,"headers":{"A":"1"`, `{"statusCode":200,"headers":{"\u0041":"1"}}`,
	`{"statusCode":200,"headers":{` + strings.Repeat(`"te":"1",`, maxPlainFields) + `"A":"1"}}`,
}

// readTwin is the general way, which ReadPlain is a shortcut of.
func readTwin(e *Envelope, res *abi.Response, reply []byte, accept Accept) bool {
	if !ReadEnvelope(e, reply) {
		return false
	}
	var err error
	if res.Status, err = ParseStatus(e.Status); err != nil {
		return false
	}
	return AppendFields(res, e.Headers, accept) == nil
}

func sameValue(a, b jsontext.Value) bool {
	textA, _ := a.Text(nil)
	textB, _ := b.Text(nil)
	return a.Kind == b.Kind && bytes.Equal(a.Raw, b.Raw) && bytes.Equal(textA, textB)
}

func FuzzReadPlain(f *testing.F) {
	for _, reply := range append(plainReplies, oddReplies...) {
		f.Add([]byte(reply))
	}
	f.Fuzz(func(t *testing.T, reply []byte) {
		var (
			got    Envelope
			gotRes abi.Response
		)
		if !ReadPlain(&got, &gotRes, reply) {
			return
		}
		for _, accept := range []Accept{StringsAndLists, Scalars} {
			var (
				want    Envelope
				wantRes abi.Response
			)
			if !readTwin(&want, &wantRes, reply, accept) {
				t.Fatalf("%q is taken for a plain reply", reply)
			}
			if !sameValue(got.Body, want.Body) || !sameValue(got.Base64, want.Base64) {
				t.Fatalf("%q: body %s in %s, want %s in %s", reply, got.Body.Raw, got.Base64.Raw, want.Body.Raw, want.Base64.Raw)
			}
			if want.MultiHeaders.Kind != jsontext.Absent || want.Cookies.Kind != jsontext.Absent {
				t.Fatalf("%q says more than a plain reply can", reply)
			}
			if gotRes.Status != wantRes.Status || len(gotRes.Header) != len(wantRes.Header) {
				t.Fatalf("%q: %d %q, want %d %q", reply, gotRes.Status, gotRes.Header, wantRes.Status, wantRes.Header)
			}
			for i, field := range gotRes.Header {
				if !bytes.Equal(field.Name, wantRes.Header[i].Name) || !bytes.Equal(field.Value, wantRes.Header[i].Value) {
					t.Fatalf("%q: field %q, want %q", reply, field, wantRes.Header[i])
				}
			}
		}
	})
}

func TestReadPlain_takesPlainRepliesOnly(t *testing.T) {
	for _, reply := range plainReplies {
		if !ReadPlain(new(Envelope), new(abi.Response), []byte(reply)) {
			t.Errorf("%q is not plain", reply)
		}
	}
	for _, reply := range oddReplies {
		if ReadPlain(new(Envelope), new(abi.Response), []byte(reply)) {
			t.Errorf("%q is plain", reply)
		}
	}
}

// A byte more or less, or another one, must not make the two ways differ.
func TestReadPlain_agreesWithItsTwinOnDamagedReplies(t *testing.T) {
	bytesOfJSON := []byte("{}[]\",:\\ \t019-.etfu\x00\x1f\x7f\x80\xff")
	taken := 0
	for _, reply := range plainReplies {
		for at := range len(reply) {
			damaged := []string{reply[:at], reply[:at] + reply[at+1:]}
			for _, c := range bytesOfJSON {
				damaged = append(damaged, reply[:at]+string(c)+reply[at:], reply[:at]+string(c)+reply[at+1:])
			}
			for _, text := range damaged {
				var res, want abi.Response
				if !ReadPlain(new(Envelope), &res, []byte(text)) {
					continue
				}
				taken++
				if !readTwin(new(Envelope), &want, []byte(text), StringsAndLists) || res.Status != want.Status || len(res.Header) != len(want.Header) {
					t.Errorf("%q is %+v, want %+v", text, res, want)
				}
			}
		}
	}
	if taken == 0 {
		t.Error("no damaged reply is plain: the test compares nothing")
	}
}
