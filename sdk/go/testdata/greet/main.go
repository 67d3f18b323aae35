// Command greet is a handler of net/http behind its mux: what a small function
// of that style costs is measured with it.
package main

import (
	"io"
	"net/http"

	postern "github.com/postern-dev/postern/sdk/go"
)

func init() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /greet/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, "hello "+r.PathValue("name"))
	})
	postern.Serve(mux)
}

func main() {}
