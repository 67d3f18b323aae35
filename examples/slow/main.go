// Command slow answers later than anybody waits, to show what becomes of that.
package main

import (
	"context"
	"strconv"
	"time"

	postern "github.com/postern-dev/postern/sdk/go/lite"
)

func init() { postern.HandleEvent(handle) }

func main() {}

// handle sleeps for two seconds, but in the attempt that the path names it
// answers at once.
func handle(ctx context.Context, e postern.Event) (postern.Response, error) {
	attempt := strconv.Itoa(postern.FromContext(ctx).Attempt)
	postern.Log(postern.LevelInfo, "attempt "+attempt+" begins")
	if e.Param("attempt") != attempt {
		time.Sleep(2 * time.Second)
	}
	return postern.Text(200, "attempt "+attempt), nil
}
