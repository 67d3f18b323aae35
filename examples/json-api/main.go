// Command json-api serves a few books as JSON, with the mux of net/http.
package main

import (
	"encoding/json"
	"net/http"

	postern "github.com/postern-dev/postern/sdk/go"
)

func init() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /books", list)
	mux.HandleFunc("POST /books", create)
	mux.HandleFunc("GET /books/{id}", read)
	postern.Serve(mux)
}

func main() {}

// list answers with all books, or with those of one author.
func list(w http.ResponseWriter, r *http.Request) {
	found := []Book{}
	author := r.URL.Query().Get("author")
	for _, b := range seed() {
		if author == "" || b.Author == author {
			found = append(found, b)
		}
	}
	answer(w, http.StatusOK, found)
}

func read(w http.ResponseWriter, r *http.Request) {
	for _, b := range seed() {
		if b.ID == r.PathValue("id") {
			answer(w, http.StatusOK, b)
			return
		}
	}
	refuse(w, http.StatusNotFound, "there is no book "+r.PathValue("id"))
}

// create checks a book and answers with it. It is not kept: memory is put back
// before the next request.
func create(w http.ResponseWriter, r *http.Request) {
	var b Book
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	switch err := d.Decode(&b); {
	case err != nil:
		refuse(w, http.StatusBadRequest, err.Error())
	case b.Title == "" || b.Author == "":
		refuse(w, http.StatusUnprocessableEntity, "a book needs a title and an author")
	default:
		b.ID = "new"
		w.Header().Set("Location", "/books/"+b.ID)
		answer(w, http.StatusCreated, b)
	}
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"error": message})
}
