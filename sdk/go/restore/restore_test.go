package restore_test

import (
	"fmt"

	"github.com/postern-dev/postern/sdk/go/restore"
)

// A function that numbers its answers would use each number again.
func ExampleDo() {
	start := 100
	restore.Do(func() { start = 0 })
	fmt.Println(start)
	restore.Run() // done by the host
	fmt.Println(start)
	// Output:
	// 100
	// 0
}
