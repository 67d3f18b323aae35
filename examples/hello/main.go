// Command hello is the smallest function that reads something of its event: it
// greets whoever the path names.
package main

import (
	"context"

	postern "github.com/postern-dev/postern/sdk/go/lite"
)

func init() { postern.HandleEvent(greet) }

func main() {}

func greet(_ context.Context, e postern.Event) (postern.Response, error) {
	name := e.Param("name")
	if name == "" {
		name = "world"
	}
	return postern.Text(200, "hello "+name), nil
}
