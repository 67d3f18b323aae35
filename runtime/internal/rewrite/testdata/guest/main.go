//go:build wasip1

// Guest is a function in Go that the tests of metering run: some plain
// computing, and the parsing and writing of JSON as handlers do it.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"sort"
	"strings"
)

type event struct {
	Path    string            `json:"path"`
	Method  string            `json:"httpMethod"`
	Headers map[string]string `json:"headers"`
	Query   map[string]string `json:"queryString"`
	Body    string            `json:"body"`
}

const sample = `{"path":"/shop/basket/42","httpMethod":"POST","headers":{"content-type":"application/json",
"accept":"*/*","user-agent":"test","x-request-id":"0123456789abcdef"},"queryString":{"page":"3","size":"20"},
"body":"{\"items\":[1,2,3,4,5,6,7,8,9],\"note\":\"with care, \\u00e9t\\u00e9\"}"}`

//go:wasmexport json_round
func jsonRound(n int32) int32 {
	total := 0
	for range n {
		var e event
		if json.Unmarshal([]byte(sample), &e) != nil {
			return -1
		}
		e.Path += "/more"
		out, _ := json.Marshal(&e)
		total += len(out)
	}
	return int32(total)
}

//go:wasmexport sieve
func sieve(n int32) int32 {
	composite := make([]bool, n+1)
	count := int32(0)
	for i := int32(2); i <= n; i++ {
		if composite[i] {
			continue
		}
		count++
		for j := 2 * i; j <= n; j += i {
			composite[j] = true
		}
	}
	return count
}

//go:wasmexport fib
func fib(n int32) int32 {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

//go:wasmexport words
func words(n int32) int32 {
	total := 0
	for range n {
		ws := strings.Fields(strings.Repeat("the quick brown fox jumps over the lazy dog ", 20))
		sort.Strings(ws)
		counts := map[string]int{}
		for _, w := range ws {
			counts[w]++
		}
		total += len(counts) + counts["the"]
	}
	return int32(total)
}

//go:wasmexport sha
func sha(n int32) int32 {
	sum := sha256.Sum256([]byte(sample))
	for range n {
		sum = sha256.Sum256(sum[:])
	}
	return int32(sum[0])<<8 | int32(sum[1])
}

func main() {}
