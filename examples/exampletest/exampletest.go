// Package exampletest runs the case files of the examples against a server
// that serves them. It does not start one, and knows nothing of functions.
//
// A case file is HTTP conversations as text, separated by lines of three
// equals signs; the two halves of each by a line of three dashes:
//
//	# A name in the path is greeted.
//	GET /greet/ann HTTP/1.1
//	Host: localhost
//
//	---
//	200
//	Content-Type: text/plain; charset=utf-8
//
//	hello ann
//	===
//
// Comments before a request name it. The request's body stands behind its
// blank line. Of the expected headers every line must be among those of the
// answer, whose other headers don't matter. The expected body stands behind a
// blank line; without one the body does not matter. A value or a line of the
// body that begins with "~ " is a regular expression for the whole of it. The
// body
//
//	binary sha256:9f86d0…
//
// is for bytes that are no text.
package exampletest

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// Run runs every case of every *.case file in dir against the server at
// baseURL, for instance "http://127.0.0.1:8080". The cases of a file run in
// their order.
func Run(t *testing.T, baseURL, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.case"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no case files in %s (%v)", dir, err)
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(client.CloseIdleConnections)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, c := range cases {
			t.Run(filepath.Base(file)+"/"+c.Name, func(t *testing.T) {
				got, err := c.Send(t.Context(), client, baseURL)
				if err != nil {
					t.Fatal(err)
				}
				for _, complaint := range c.Check(got) {
					t.Errorf("%s:%d: %s", file, c.Line, complaint)
				}
			})
		}
	}
}
