// Command go-json is a function that takes its event apart and puts a reply
// together with encoding/json, and remembers what it saw.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"unsafe"

	postern "github.com/postern-dev/postern/sdk/go/lite"
)

type event struct {
	Method  string            `json:"httpMethod"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

type reply struct {
	Calls int            `json:"calls"`
	Seen  map[string]int `json:"seen"`
	Text  string         `json:"text"`
}

var (
	calls int
	seen  = map[string]int{}
	hoard [][]byte
)

func init() { postern.Handle(handle) }

func main() {}

func handle(_ context.Context, raw []byte) ([]byte, error) {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	verb, text, _ := strings.Cut(e.Body, " ")
	switch verb {
	case "prime":
		return json.Marshal(reply{Seen: map[string]int{e.Path: len(e.Headers)}, Text: text})
	case "scribble":
		clear(seen)
		for i := range 1000 {
			seen[strings.Repeat("x", i)] = i
		}
		hoard = append(hoard, make([]byte, 3<<20))
	case "grow":
		for range 8 {
			hoard = append(hoard, make([]byte, 1<<20))
		}
	case "destroy": // all memory but the lowest, where the stack of the collector is not
		for at := uintptr(1 << 16); ; at += 8 {
			*(*uint64)(unsafe.Pointer(at)) = 0xAAAAAAAAAAAAAAAA
		}
	case "trap":
		panic(fmt.Sprint("half-way in ", text))
	case "exit":
		os.Exit(3)
	}
	calls++
	seen[text]++
	return json.Marshal(reply{Calls: calls, Seen: seen, Text: strings.ToUpper(text)})
}
