// Command keeps is a function that does at its first call what programs do
// there: it works something out, and keeps something of the request, of the
// clock or of the world. The variable KEEP says what.
package main

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	postern "github.com/postern-dev/postern/sdk/go/lite"
)

var (
	table  = sync.OnceValue(work)
	cache  = map[string]string{}
	calls  int
	host   string
	since  time.Time
	own    *rand.Rand
	secret string
)

func init() { postern.Handle(handle) }

func main() {}

// work makes a first call dear.
func work() (sum uint64) {
	for i := range uint64(300_000) {
		sum = sum*31 + i
	}
	return sum
}

func handle(_ context.Context, raw []byte) ([]byte, error) {
	event := string(raw)
	path := field(event, "path")
	text := fmt.Sprintf("%s %x", path, table())
	told := strings.Contains(path, "tell")
	switch os.Getenv("KEEP") {
	case "nothing":
	case "a counter":
		calls++
		text += fmt.Sprint(" ", calls)
	case "a counter that few routes show":
		if calls++; told {
			text += fmt.Sprint(" ", calls)
		}
	case "the host":
		if host == "" {
			host = field(event, "host")
		}
		text += " " + host
	case "a cache":
		if cache[path] == "" {
			cache[path] = fmt.Sprint(" ", work()+uint64(len(path)))
		}
		text += cache[path]
	case "a cache with dates":
		if cache[path] == "" {
			cache[path] = time.Now().Format(time.RFC1123)
		}
		text += " " + cache[path]
	case "a line that is printed once":
		if calls++; calls == 1 {
			fmt.Println("the first request came")
		}
	case "a seed":
		if own == nil {
			own = rand.New(rand.NewPCG(seed(), seed()))
		}
		if number := own.Uint64(); told {
			text += fmt.Sprint(" ", number)
		}
	case "the time":
		if since.IsZero() {
			since = time.Now()
		}
		if told {
			text += fmt.Sprint(" ", since.UnixNano())
		}
	case "a secret":
		if secret == "" {
			secret = os.Getenv("SECRET")
		}
		text += " " + secret
	case "an answer from home":
		answer, err := postern.Call("clock.tell", []byte("{}"))
		text += fmt.Sprint(" ", string(answer), err)
	case "a nap":
		time.Sleep(time.Millisecond)
	case "a goroutine":
		go func() {
			time.Sleep(time.Millisecond)
			fmt.Println("answered", path)
		}()
		if told {
			time.Sleep(3 * time.Millisecond)
		}
	case "the processor":
		for told := false; !told; {
		}
	case "its temper":
		panic("asked for " + path)
	}
	return []byte(text), nil
}

// field is the value of a key of the event; the events of the test are plain.
func field(event, key string) string {
	_, rest, _ := strings.Cut(event, `"`+key+`":"`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func seed() uint64 {
	var b [8]byte
	crand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:])
}
