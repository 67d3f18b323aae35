// Command counter counts its calls in a variable, to show who gets to see what
// a call leaves in memory.
package main

import (
	"context"
	"strconv"

	postern "github.com/postern-dev/postern/sdk/go/lite"
)

var calls int

func init() { postern.HandleEvent(count) }

func main() {}

func count(context.Context, postern.Event) (postern.Response, error) {
	calls++
	return postern.Text(200, "call "+strconv.Itoa(calls)), nil
}
