// Command go-http is a handler of net/http with routes, a session map and a
// template of strings.
package main

import (
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"

	postern "github.com/postern-dev/postern/sdk/go"
)

var sessions = map[string]int{}

func init() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /items/{id}", item)
	postern.Serve(mux)
}

func main() {}

func item(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	verb, text, _ := strings.Cut(string(body), " ")
	switch verb {
	case "prime":
		fmt.Fprint(w, "item ", r.PathValue("id"))
		return
	case "scribble":
		for i := range 5000 {
			sessions[fmt.Sprint("session-", i)] = i
		}
		http.DefaultServeMux.HandleFunc("/left-behind", item)
	case "trap":
		w.Header().Set("X-Half", "way")
		fmt.Fprint(w, "half a reply")
		panic("half-way")
	}
	sessions[text]++
	names := make([]string, 0, len(sessions))
	for name, count := range sessions {
		names = append(names, fmt.Sprint(name, "=", count))
	}
	sort.Strings(names)
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, "%s item %s, q %s, sessions %s", r.Method, r.PathValue("id"), r.URL.Query().Get("q"), strings.Join(names, " "))
}
