package gateway

import (
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/abitest"
)

func TestServer_compressesWhatItsFlavourDoes(t *testing.T) {
	s := openStage(t, nil)
	ln := s.listen(t)
	large := strings.Repeat("a", 2000)
	tests := []struct {
		name, headers, body, accept string
		want                        bool
	}{
		{"plain text", `"Content-Type":"text/plain; charset=utf-8"`, large, "gzip", true},
		{"the default type", ``, large, "br, gzip;q=0.5", true},
		{"a client that takes none", `"Content-Type":"text/plain"`, large, "", false},
		{"a client that refuses it", `"Content-Type":"text/plain"`, large, "gzip;q=0", false},
		{"a kilobyte", `"Content-Type":"text/plain"`, large[:1024], "gzip", false},
		{"html, which is not among the types", `"Content-Type":"text/html"`, large, "gzip", false},
		{"a body that is encoded already", `"Content-Type":"text/plain","Content-Encoding":"br"`, large, "gzip", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.deploy(t, "", abitest.Reply(`{"statusCode":200,"headers":{`+tt.headers+`},"body":"`+tt.body+`"}`))
			a := send(t, ln, request("GET", "/", "Accept-Encoding: "+tt.accept))
			if got := a.header.Get("Content-Encoding") == "gzip"; got != tt.want {
				t.Fatalf("compressed = %v, want %v; header %v", got, tt.want, a.header)
			}
			if text := a.body; text != tt.body && !tt.want {
				t.Fatalf("body has %d bytes, want %d", len(text), len(tt.body))
			}
			if !tt.want {
				return
			}
			unpacked, err := gzip.NewReader(strings.NewReader(a.body))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(unpacked)
			if err != nil || string(text) != tt.body {
				t.Fatalf("unpacked %d bytes, %v", len(text), err)
			}
		})
	}
}
