// Package postern is the SDK for functions written in Go. It is not a server:
// the host listens, and hands the function one request at a time.
//
// Any handler of net/http is a function, whatever router it uses:
//
//	package main
//
//	import (
//		"fmt"
//		"net/http"
//
//		postern "github.com/postern-dev/postern/sdk/go"
//	)
//
//	func init() {
//		mux := http.NewServeMux()
//		mux.HandleFunc("GET /greet/{name}", func(w http.ResponseWriter, r *http.Request) {
//			fmt.Fprintf(w, "hello %s", r.PathValue("name"))
//		})
//		postern.Serve(mux)
//	}
//
//	func main() {}
//
// Its routes in postern.toml are integrated ones. It is built with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags="-s -w" -o greet.wasm .
//
// [HandleEvent] gives a function the gateway's event instead. Importing this
// package brings net/http along, about 3 MB of module; a function that only
// handles events imports .../sdk/go/lite instead, under the same name and with
// no other change, and stays near 2 MB.
//
// The rest of the SDK is described there: how a function starts, what lives
// how long, how to fail, and what repeats itself when memory is put back.
// Handlers written for AWS Lambda run unchanged with package lambda.
package postern
