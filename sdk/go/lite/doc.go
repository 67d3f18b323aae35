// Package lite is the SDK for functions that do without net/http: events in,
// responses out. It is not a framework; routes and middleware belong to
// whatever the function brings along.
//
// A function:
//
//	package main
//
//	import (
//		"context"
//
//		postern "github.com/postern-dev/postern/sdk/go/lite"
//	)
//
//	func init() { postern.HandleEvent(hello) }
//
//	func main() {}
//
//	func hello(ctx context.Context, e postern.Event) (postern.Response, error) {
//		return postern.Text(200, "hello "+e.Param("name")), nil
//	}
//
// It is built with the ordinary toolchain:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags="-s -w" -o hello.wasm .
//
// # How it starts
//
// A module built with -buildmode=c-shared runs its package initialisers when
// it is started, and nothing runs main. So a handler is given in an init
// function: it is then part of the image that every call starts from, with
// all that the initialisers made.
//
// A program whose main gives the handler works too, unchanged: the SDK calls
// main before the first event, provided that main returns. Unless the manifest
// primes the function with an event, that happens in every clean call again.
//
// # What lives how long
//
// Buffers are used again for the next event. [Event.Raw], [Event.Find],
// [Event.Body] and the event given to a [Handle] function point into them and
// are valid until the handler returns. Strings are copies and may be kept.
// With clean isolation nothing else is kept either: memory is put back before
// every call, so package variables hold again what they held when the function
// was deployed, and goroutines left behind are gone. With warm isolation they
// go on in the next call.
//
// # Failing
//
// An error that a handler returns ends the call with the code failed and the
// error's text, which the client may see. A panic does the same; its stack
// goes to the journal. After either the instance is thrown away.
//
// # Random numbers
//
// What was seeded before the function's image was taken repeats in every
// clean call. The SDK gives the generator of Go's runtime new numbers from the
// host before each event, so the functions of math/rand/v2, those of math/rand
// and the seeds of new maps do not repeat, and crypto/rand never did. What
// does is a generator that the function made itself, and the seed of a map
// that is in the image. [Rand] returns a generator seeded by the host, and
// package restore runs a hook after memory was put back.
//
// # Outside of a runtime
//
// Built for anything but wasip1 the package compiles and runs too, so that
// editors, go vet and tests work. [Try] gives an event to the handler, and
// services are whatever a test says with ServeOps.
package lite
