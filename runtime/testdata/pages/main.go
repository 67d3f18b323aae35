// Command pages is a function that works much out at its first call and keeps
// it, as programs do: a template, an expression and what encoding/json needs to
// know of a type.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"html/template"
	"regexp"
	"sync"

	postern "github.com/postern-dev/postern/sdk/go/lite"
)

type event struct {
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
}

type reply struct {
	IsBase64Encoded bool              `json:"isBase64Encoded"`
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Body            string            `json:"body"`
}

var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Parse(
		`<title>{{.Path}}</title>{{if .Plain}}<p>plain</p>{{end}}<ul>{{range $k, $v := .Headers}}<li>{{$k}}: {{$v}}{{end}}</ul>`))
})

var plain = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(/[a-z0-9_-]+)+/?$`) })

func init() { postern.Handle(handle) }

func main() {}

func handle(_ context.Context, raw []byte) ([]byte, error) {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	var body bytes.Buffer
	seen := map[string]any{"Path": e.Path, "Headers": e.Headers, "Plain": plain().MatchString(e.Path)}
	if err := page().Execute(&body, seen); err != nil {
		return nil, err
	}
	return json.Marshal(reply{StatusCode: 200, Headers: map[string]string{"content-type": "text/html"}, Body: body.String()})
}
