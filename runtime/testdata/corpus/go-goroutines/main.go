// Command go-goroutines is a function whose work is done by goroutines that talk
// over channels and wait for timers.
package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	postern "github.com/postern-dev/postern/sdk/go/lite"
)

var (
	calls   int
	behind  atomic.Int64 // steps of goroutines that earlier calls left behind
	mu      sync.Mutex
	pending = make(chan int, 4)
)

func init() { postern.HandleEvent(handle) }

func main() {}

func handle(_ context.Context, e postern.Event) (postern.Response, error) {
	verb, text, _ := strings.Cut(string(e.Body()), " ")
	if verb == "prime" {
		return postern.Text(200, fmt.Sprint("sum ", sum(text))), nil
	}
	calls++
	switch verb {
	case "leave": // goroutines that never end, a timer, a lock and a value behind
		for range 3 {
			go func() {
				for {
					behind.Add(1)
					time.Sleep(10 * time.Microsecond)
				}
			}()
		}
		time.AfterFunc(50*time.Microsecond, func() { behind.Add(1000) })
		pending <- calls
		mu.Lock()
	case "deadlock":
		<-make(chan int)
	case "trap":
		go panic("in a goroutine")
		time.Sleep(time.Millisecond)
	}
	if verb != "leave" && !mu.TryLock() {
		return postern.Text(200, "somebody holds the lock"), nil
	}
	return postern.Text(200, fmt.Sprint("calls ", calls, ", sum ", sum(text), ", behind ", behind.Load(), ", pending ", len(pending))), nil
}

// sum adds the bytes of text, each in a goroutine of its own.
func sum(text string) int {
	parts := make(chan int)
	var done sync.WaitGroup
	for i := range len(text) {
		done.Go(func() {
			if i%4 == 0 {
				<-time.After(time.Microsecond)
			}
			parts <- int(text[i])
		})
	}
	go func() { done.Wait(); close(parts) }()
	total := 0
	for n := range parts {
		total += n
	}
	return total
}
