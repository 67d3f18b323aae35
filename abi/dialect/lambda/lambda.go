// Package lambda is the dialect of AWS Lambda behind API Gateway: the payload
// formats 1.0 (REST APIs) and 2.0 (HTTP APIs), both ways. It is not API Gateway's
// face to clients; refusals and addresses are the flavour's.
//
// Where AWS needs an account, or its behaviour depends on settings that don't
// exist here, this is what happens:
//
//   - accountId is 000000000000 and apiId is made from the app's name. The stage is
//     the route's, else "prod" in format 1.0 and "$default" in 2.0. No stage stands
//     in the path.
//   - A body reaches the function base64-encoded when it is not UTF-8, or when the
//     route's base64 switch says so; AWS decides by its type.
//   - A request field whose name is not a token is left out. X-Forwarded-For has the
//     client's address appended, X-Forwarded-Proto and X-Forwarded-Port replace the
//     client's. The id of the key pair that signed a request stands where the access
//     key of an IAM caller does.
//   - Format 1.0 keeps header names as sent, unless the route wants
//     Canonical-Case; format 2.0 has them in lower case and cookies apart.
//   - Replies may have the statuses 200 to 999, written as a number or as a string
//     of digits. Header values may be strings, numbers and booleans. null counts as
//     absent, of equal keys the last one counts, unknown keys are ignored. A header
//     that would break the response is refused like a malformed reply.
//   - multiValueHeaders are honoured in format 2.0 too, and cookies in 1.0: nothing
//     that a function says is lost.
//   - In format 2.0 a reply without statusCode is the body of a 200: a string its
//     content, anything else its JSON. An empty reply is null. With a statusCode, a
//     body that is not a string is its JSON.
package lambda

import (
	"fmt"
	"hash/fnv"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/dialect/internal/wire"
	"github.com/postern-dev/postern/abi/fault"
)

const accountID = "000000000000"

// format is a payload format.
type format uint8

const (
	format1 format = 1
	format2 format = 2
)

// Dialect is the shape of one route's events and replies. It is immutable and
// safe for concurrent use.
type Dialect struct {
	format    format
	maxEvent  int
	maxReply  int
	names     wire.Case
	base64    wire.Base64
	plainType abi.Field // Content-Type of a reply that has none
	jsonType  abi.Field // Content-Type of a reply that is no envelope
	setCookie []byte

	// What is the same in all events of the route, ready to be copied.
	head    []byte // the beginning of the event
	context []byte // the beginning of requestContext
}

// New returns the dialect of route r.
func New(r dialect.Route) (*Dialect, error) {
	contentType := []byte("Content-Type")
	d := &Dialect{
		maxEvent:  r.MaxEvent,
		maxReply:  r.MaxReply,
		jsonType:  abi.Field{Name: contentType, Value: []byte("application/json")},
		plainType: abi.Field{Name: contentType, Value: []byte("text/plain; charset=utf-8")},
		setCookie: []byte("Set-Cookie"),
	}
	var err error
	if d.base64, err = wire.NewBase64(r); err != nil {
		return nil, err
	}
	switch r.Payload {
	case "1.0":
		d.precompute1(r)
	case "", "2.0":
		d.precompute2(r)
	default:
		return nil, fault.New(fault.BadManifest, "a payload format is 1.0 or 2.0, not %q", r.Payload)
	}
	if r.Canonical {
		d.names = wire.Canonical
	}
	return d, nil
}

func (d *Dialect) precompute1(r dialect.Route) {
	d.format, d.names = format1, wire.AsSent
	d.plainType = d.jsonType
	stage := r.Stage
	if stage == "" {
		stage = "prod"
	}
	d.head = append(d.head, `{"resource":`...)
	d.head = abi.AppendString(d.head, r.Path)
	d.head = append(d.head, `,"path":`...)

	d.context = append(d.context, `,"stageVariables":null,"requestContext":{"accountId":"`+accountID+`","apiId":`...)
	d.context = abi.AppendString(d.context, newID("api", r.App))
	d.context = append(d.context, `,"resourceId":`...)
	d.context = abi.AppendString(d.context, newID("resource", r.Path)[:6])
	d.context = append(d.context, `,"resourcePath":`...)
	d.context = abi.AppendString(d.context, r.Path)
	d.context = append(d.context, `,"stage":`...)
	d.context = abi.AppendString(d.context, stage)
	d.context = append(d.context, `,"protocol":"HTTP/1.1","authorizer":null,"path":`...)
}

func (d *Dialect) precompute2(r dialect.Route) {
	d.format, d.names = format2, wire.Lower
	stage := r.Stage
	if stage == "" {
		stage = "$default"
	}
	method := r.Method
	if method == "" {
		method = "ANY"
	}
	key := "$default"
	if r.Path != "" {
		key = method + " " + r.Path
	}
	d.head = append(d.head, `{"version":"2.0","routeKey":`...)
	d.head = abi.AppendString(d.head, key)
	d.head = append(d.head, `,"rawPath":`...)

	d.context = append(d.context, `,"requestContext":{"accountId":"`+accountID+`","apiId":`...)
	d.context = abi.AppendString(d.context, newID("api", r.App))
	d.context = append(d.context, `,"routeKey":`...)
	d.context = abi.AppendString(d.context, key)
	d.context = append(d.context, `,"stage":`...)
	d.context = abi.AppendString(d.context, stage)
	d.context = append(d.context, `,"http":{"method":`...)
}

// newID makes the id of a thing from its name: ten characters, the same ones
// every time.
func newID(kind, name string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %s", kind, name)
	sum := h.Sum64()
	var id [10]byte
	for i := range id {
		id[i] = letters[sum%uint64(len(letters))]
		sum /= uint64(len(letters))
	}
	return string(id[:])
}
