// Command form-cookie shows a form and remembers in a cookie what was sent.
package main

import (
	"fmt"
	"html"
	"net/http"

	postern "github.com/postern-dev/postern/sdk/go"
)

func init() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /form", show)
	mux.HandleFunc("POST /form", send)
	postern.Serve(mux)
}

func main() {}

const page = `<!doctype html>
<title>Form and cookie</title>
<p>%s</p>
<form method="post" action="/form"><input name="name" placeholder="Your name"><button>Send</button></form>
`

func show(w http.ResponseWriter, r *http.Request) {
	text := "We have not met."
	if c, err := r.Cookie("name"); err == nil {
		text = "Welcome back, " + c.Value + "."
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, page, html.EscapeString(text))
}

func send(w http.ResponseWriter, r *http.Request) {
	name := r.PostFormValue("name")
	if name == "" {
		http.Error(w, "the form has no name", http.StatusBadRequest)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: "name", Value: name, Path: "/form", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", MaxAge: 3600})
	http.Redirect(w, r, "/form", http.StatusSeeOther)
}
