// Command go-command is a WASI program: the event is its input, what it prints
// the reply.
package main

import (
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strings"
)

var runs int

func main() {
	event, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	runs++
	switch {
	case strings.Contains(string(event), `"body":"trap`):
		fmt.Println("half a reply")
		panic("half-way")
	case strings.Contains(string(event), `"body":"exit`):
		os.Exit(3)
	case strings.Contains(string(event), `"body":"grow`):
		for n := range 4 {
			fmt.Print(len(make([]byte, n<<20)), " ")
		}
	}
	fmt.Printf("run %d: %08x\n", runs, crc32.ChecksumIEEE(event))
}
