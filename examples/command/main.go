// Command command is a WASI command: a plain program that reads an event from
// its input and prints the reply. It needs no SDK.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
)

// event is what the program reads of its input.
type event struct {
	PathParameters map[string]string `json:"pathParameters"`
	Body           string            `json:"body"`
}

// reply is what it prints.
type reply struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
}

func main() {
	var e event
	if err := json.NewDecoder(os.Stdin).Decode(&e); err != nil {
		log.Fatal(err) // goes to the journal; the call fails
	}
	var run struct {
		Attempt int `json:"attempt"`
	}
	if err := json.Unmarshal([]byte(os.Getenv("POSTERN_CONTEXT")), &run); err != nil {
		log.Fatal(err)
	}
	log.Printf("attempt %d", run.Attempt)
	json.NewEncoder(os.Stdout).Encode(reply{
		StatusCode: 200,
		Headers:    map[string]string{"Content-Type": "text/plain; charset=utf-8"},
		Body:       fmt.Sprintf("%s %s", e.PathParameters["word"], strings.ToUpper(e.Body)),
	})
}
