// Command handler is a plain http.Handler, as a server of Go has it.
package main

import (
	"io"
	"net/http"

	postern "github.com/postern-dev/postern/sdk/go"
)

func init() { postern.Serve(http.HandlerFunc(greet)) }

func main() {}

func greet(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("name")
	if name == "" {
		name = "world"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "hello "+name)
}
