// Package dialect says what a dialect is: one cloud's shape of event and
// reply, as a function sees them. It is not about clients: addresses, refusals
// and patience are a flavour's.
package dialect

import "github.com/postern-dev/postern/abi"

// Dialect turns requests into events and replies into responses for one route.
// Its package's New makes it from a Route once, when the route is deployed;
// what is constant for the route is computed there. A Dialect is immutable and
// safe for concurrent use.
type Dialect interface {
	// AppendEvent appends the event for req to dst and returns the extended
	// slice. The event is valid JSON for any bytes in req. It allocates nothing
	// when dst has the room. An error is a *fault.Error: TooLarge or Invalid.
	AppendEvent(dst []byte, req *abi.Request) ([]byte, error)

	// ParseReply reads a function's reply into res, which it resets first. The
	// response may point into reply: the caller keeps reply unchanged for as
	// long as it uses res. An error is a *fault.Error with code BadReply or
	// TooLarge.
	ParseReply(res *abi.Response, reply []byte) error
}

// Route is what a dialect must know of a route. Zero values mean what the
// cloud means when a key is absent.
type Route struct {
	App       string // name of the app
	Function  string // name of the function
	Path      string // template, as written in the manifest: "/greet/{name}"
	Method    string // the configured method, "ANY" when the route takes all
	Stage     string // name of the environment: "release"
	ServiceID string // scf: id of the service; made from the app's name when empty

	Integrated    bool    // the reply is {isBase64Encoded, statusCode, headers, body}
	Canonical     bool    // header names in Canonical-Case instead of lower case
	Authenticated bool    // the route asks for credentials
	Payload       string  // lambda: "1.0" or "2.0"
	Declared      []Param // declared parameters, for routes that declare any

	Base64      bool         // bodies reach the function base64-encoded ...
	Base64Rules []Base64Rule // ... when there are no rules, or any of them matches

	MaxEvent int // largest event in bytes; 0 means no limit
	MaxReply int // largest reply in bytes; 0 means no limit
	Timeout  int // whole seconds that the client waits at most; 0 means not said
}

// In says where a declared parameter stands in the request.
type In string

// Places of a declared parameter.
const (
	InPath   In = "PATH"
	InQuery  In = "QUERY"
	InHeader In = "HEADER"
)

// Param is a parameter that a route declares.
type Param struct {
	Name     string
	In       In
	Required bool
	Default  string
}

// Base64Rule selects requests by their Accept or Content-Type header.
type Base64Rule struct {
	Header string   // "Accept" or "Content_Type"
	Values []string // the rule matches when the header contains any of them
}
