// Command hazards is a function that does before its first call what it should
// do in each of them, and shows what becomes of it.
package main

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	postern "github.com/postern-dev/postern/sdk/go/lite"
	"github.com/postern-dev/postern/sdk/go/restore"
)

// shown is one reply. Numbers are strings, since they have 64 bits.
type shown struct {
	Own     uint64 `json:"own,string"`     // of a generator that was seeded at the start
	Renewed uint64 `json:"renewed,string"` // of one that is seeded again after each restore
	Shared  uint64 `json:"shared,string"`  // of the generator of Go's runtime
	Crypto  uint64 `json:"crypto,string"`
	Started int64  `json:"started,string"` // the time that was kept at the start
	Now     int64  `json:"now,string"`
	Secret  string `json:"secret"` // of the environment, read at the start
	Fired   int    `json:"fired"`  // timers that were set at the start
	Left    int    `json:"left"`   // steps of goroutines that earlier calls left behind
	Cached  string `json:"cached"` // what a service answered at the start
}

var (
	own     = rand.New(rand.NewPCG(seed(), seed()))
	renewed = rand.New(rand.NewPCG(1, 2))
	started = time.Now()
	secret  = os.Getenv("SECRET")
	cached  string
	fired   int
	left    int
)

func init() {
	postern.Handle(handle)
	restore.Do(func() { renewed = postern.Rand() })
	time.AfterFunc(time.Millisecond, func() { fired++ })
	answer, err := postern.Call("clock.tell", []byte("{}"))
	if cached = string(answer); err != nil {
		cached = err.Error()
	}
}

func main() {}

func seed() uint64 {
	var b [8]byte
	crand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

func handle(_ context.Context, event []byte) ([]byte, error) {
	time.Sleep(2 * time.Millisecond) // so that others get their turn
	if strings.Contains(string(event), "prime") {
		return []byte("{}"), nil
	}
	if strings.Contains(string(event), "leave") {
		go func() {
			for {
				left++
				time.Sleep(100 * time.Microsecond)
			}
		}()
	}
	return json.Marshal(shown{
		Own: own.Uint64(), Renewed: renewed.Uint64(), Shared: rand.Uint64(), Crypto: seed(),
		Started: started.UnixNano(), Now: time.Now().UnixNano(), Secret: secret, Fired: fired, Left: left, Cached: cached,
	})
}
