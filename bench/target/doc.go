// Package target starts servers to be measured, each as a child process of its
// own: this project's, native twins of its functions, other runtimes, and any
// command. It drives them as strangers do, by arguments, addresses and signals,
// and puts no load on them.
//
// # Specifications
//
// A target is written NAME or NAME=KIND or NAME=KIND:ARGUMENT. A name alone is
// also the kind.
//
//	postern            this program with the app of the run
//	app:FOLDER         this program with another app
//	function:NAME      this program with a small function in C, hello or echo
//	binary:FILE        another build of this program, with the app of the run
//	bare               fasthttp, a native twin
//	nethttp            Go's net/http, a native twin
//	node               Node's http, a native twin
//	workerd            workerd, a native twin in JavaScript
//	nginx              nginx with a fixed answer; echoes nothing
//	url:ADDRESS        a server that runs already
//	cmd:COMMAND        any command; {port} in it is the port that it shall use
package target
