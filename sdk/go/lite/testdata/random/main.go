// Command random answers with numbers from generators of three kinds: the one
// of math/rand/v2, one that the program seeds itself, and one that it seeds
// again whenever memory was put back.
package main

import (
	"context"
	"math/rand/v2"
	"strconv"

	postern "github.com/postern-dev/postern/sdk/go/lite"
	"github.com/postern-dev/postern/sdk/go/restore"
)

var (
	once  = rand.New(rand.NewPCG(1, 2))
	again = rand.New(rand.NewPCG(1, 2))
)

func init() {
	restore.Do(func() { again = postern.Rand() })
	postern.HandleEvent(func(context.Context, postern.Event) (postern.Response, error) {
		var numbers []byte
		for _, draw := range []func() uint64{rand.Uint64, once.Uint64, again.Uint64} {
			numbers = append(strconv.AppendUint(numbers, draw(), 10), ' ')
		}
		return postern.Response{Raw: numbers}, nil
	})
}

func main() {}
