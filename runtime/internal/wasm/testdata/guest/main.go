//go:build wasip1

// Command guest is a function for tests, built from nothing but the standard
// library: it parses its event with encoding/json and can be told to misbehave.
package main

import (
	crand "crypto/rand"
	"encoding/json"
	"math/rand/v2"
	"os"
	"time"
	"unsafe"
)

func main() {}

type event struct {
	Name    string            `json:"name"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Do      string            `json:"do"`
}

type reply struct {
	Hello   string `json:"hello"`
	Calls   int    `json:"calls"`
	Headers int    `json:"headers"`
	Seeded  uint64 `json:"seeded,omitempty"`
	Drawn   []byte `json:"drawn,omitempty"`
}

var (
	rooms   = map[uint32][]byte{}
	answers []byte
	hoard   [][]byte
	ran     int
)

//go:wasmexport postern_abi_1
func version() {}

//go:wasmexport postern_alloc
func alloc(size uint32) uint32 {
	room := make([]byte, max(size, 1))
	at := uint32(uintptr(unsafe.Pointer(unsafe.SliceData(room))))
	rooms[at] = room
	return at
}

//go:wasmexport postern_handle
func handle(eventPtr, eventLen, contextPtr, contextLen uint32) uint64 {
	data := rooms[eventPtr][:eventLen]
	delete(rooms, eventPtr)
	delete(rooms, contextPtr)
	var e event
	if err := json.Unmarshal(data, &e); err != nil {
		panic(err)
	}
	misbehave(e.Do)
	// The number of calls is part of the reply only when it shows state that
	// an earlier real call left: sample events carry another name.
	if e.Name != "prime" {
		ran++
	}
	r := reply{Hello: e.Name, Calls: ran, Headers: len(e.Headers)}
	if e.Do == "random" {
		r.Seeded, r.Drawn = rand.Uint64(), make([]byte, 16)
		crand.Read(r.Drawn)
	}
	var err error
	if answers, err = json.Marshal(r); err != nil {
		panic(err)
	}
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(answers))))<<32 | uint64(len(answers))
}

func misbehave(what string) {
	switch what {
	case "panic":
		panic("as told")
	case "exit":
		os.Exit(4)
	case "eat":
		for {
			hoard = append(hoard, make([]byte, 1<<20))
		}
	case "goroutine":
		go func() {
			for {
				ran++
				time.Sleep(time.Microsecond)
			}
		}()
		time.Sleep(time.Millisecond)
	case "garbage":
		for range 1000 {
			hoard = append(hoard, make([]byte, 1000))
		}
	}
}
