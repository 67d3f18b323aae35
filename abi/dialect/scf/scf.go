// Package scf is the dialect of Tencent Serverless Cloud Functions behind an
// API-gateway trigger: its event, and its two kinds of reply. It is not the
// gateway's face to clients; refusals and addresses are the flavour's.
//
// Where the cloud's behaviour is unknown or harms its users, this is what
// happens here:
//
//   - A body that is not UTF-8 reaches the function base64-encoded, with
//     isBase64Encoded true, whatever the route's base64 switch says: a JSON string
//     can't carry it, and the cloud delivers it damaged. isBase64Encoded is a
//     boolean and absent when it would be false.
//   - Header names are lower-case; a route may ask for Canonical-Case. A request
//     field whose name is not a token is left out. The fields that the gateway
//     adds replace what the client sent under their names.
//   - Of a name that stands in the query more than once all values become an array
//     in their order; a value without '=' is true there too.
//   - Integrated replies may have the statuses 200 to 999. isBase64Encoded must be
//     a boolean, headers strings or arrays of strings. null counts as absent, of
//     equal keys the last one counts, unknown keys are ignored. A header that
//     would break the response is refused like a malformed reply.
//   - In pass-through mode the reply of a function is the JSON of its return value
//     and is sent as it is, so a function that returns a string of JSON sends it
//     encoded twice, as the cloud does. A reply that is not JSON is text and sent as
//     a JSON string; no reply at all is null.
package scf

import (
	"hash/fnv"
	"strconv"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/dialect/internal/wire"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// Dialect is the shape of one route's events and replies. It is immutable and
// safe for concurrent use.
type Dialect struct {
	integrated bool
	maxEvent   int
	maxReply   int
	names      wire.Case
	base64     wire.Base64
	jsonType   abi.Field // Content-Type of a reply that has none

	// What is the same in all events of the route, ready to be copied.
	head      []byte // from behind the path parameters to the request id
	middle    []byte // from behind the source address to the value of x-api-scheme
	tail      []byte // stageVariables
	host      []byte // `,"host":`
	requestID []byte // `,"x-api-requestid":`
	traceID   []byte // `,"x-b3-traceid":`
	noQuery   []byte // what appendQuery appends for a request without a query

	pathParams   []param
	queryParams  []param
	headerParams []param
}

// param is a declared parameter.
type param struct {
	name    string
	host    bool   // its name is that of the Host field, in whatever case
	key     []byte // its JSON string
	lead    []byte // the key as it stands in the event, between comma and colon
	absence []byte // JSON string of what stands for it when the request has none
}

// New returns the dialect of route r.
func New(r dialect.Route) (*Dialect, error) {
	d := &Dialect{
		integrated: r.Integrated,
		maxEvent:   r.MaxEvent,
		maxReply:   r.MaxReply,
		names:      wire.Lower,
		jsonType:   abi.Field{Name: []byte("Content-Type"), Value: []byte("application/json")},
	}
	if r.Canonical {
		d.names = wire.Canonical
	}
	var err error
	if d.base64, err = wire.NewBase64(r); err != nil {
		return nil, err
	}
	stage := r.Stage
	if stage == "" {
		stage = "release"
	}
	d.precompute(r, abi.AppendString(nil, stage))
	for _, p := range r.Declared {
		if err := d.declare(p); err != nil {
			return nil, err
		}
	}
	d.noQuery = d.appendPairs(nil, nil, nil)
	return d, nil
}

func (d *Dialect) precompute(r dialect.Route, stage []byte) {
	serviceID, method := r.ServiceID, r.Method
	if serviceID == "" {
		serviceID = newServiceID(r.App)
	}
	if method == "" {
		method = "ANY"
	}
	d.head = append(d.head, `},"requestContext":{"serviceId":`...)
	d.head = abi.AppendString(d.head, serviceID)
	d.head = append(d.head, `,"path":`...)
	d.head = abi.AppendString(d.head, r.Path)
	d.head = append(d.head, `,"httpMethod":`...)
	d.head = abi.AppendString(d.head, method)
	d.head = append(d.head, `,"requestId":`...)

	d.middle = append(d.middle, `,"stage":`...)
	d.middle = append(d.middle, stage...)
	d.middle = append(d.middle, `},"headers":{`...)
	d.middle = d.appendAdded(d.middle, "requestsource", `"APIGW",`)
	d.middle = d.appendAdded(d.middle, "x-qualifier", `"$DEFAULT",`)
	if r.Timeout > 0 {
		d.middle = d.appendAdded(d.middle, "endpoint-timeout", `"`+strconv.Itoa(r.Timeout)+`",`)
	}
	if !r.Authenticated {
		d.middle = d.appendAdded(d.middle, "x-anonymous-consumer", `"true",`)
	}
	d.middle = d.appendAdded(d.middle, "x-api-scheme", "")

	d.host = d.appendAdded([]byte(","), "host", "")
	d.requestID = d.appendAdded([]byte(","), "x-api-requestid", "")
	d.traceID = d.appendAdded([]byte(","), "x-b3-traceid", "")

	d.tail = append(d.tail, `,"stageVariables":{"stage":`...)
	d.tail = append(d.tail, stage...)
	d.tail = append(d.tail, '}')
}

func (d *Dialect) appendAdded(dst []byte, name, value string) []byte {
	dst = wire.AppendName(dst, name, d.names)
	dst = append(dst, ':')
	return append(dst, value...)
}

// declare takes a parameter; one of the same place and name is known already.
func (d *Dialect) declare(in dialect.Param) error {
	var list *[]param
	switch in.In {
	case dialect.InPath:
		list = &d.pathParams
	case dialect.InQuery:
		list = &d.queryParams
	case dialect.InHeader:
		list = &d.headerParams
	default:
		return fault.New(fault.BadManifest, "parameter %q stands in PATH, QUERY or HEADER, not %q", in.Name, in.In)
	}
	p := param{
		name:    in.Name,
		host:    abi.EqualFold([]byte(in.Name), "host"),
		key:     jsontext.AppendString(nil, []byte(in.Name)),
		absence: jsontext.AppendString(nil, []byte(in.Default)),
	}
	for _, known := range *list {
		if string(known.key) == string(p.key) {
			return nil
		}
	}
	p.lead = appendKey(nil, len(*list), p.key)
	*list = append(*list, p)
	return nil
}

// newServiceID makes the id of an app's service: the same one every time.
func newServiceID(app string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	h := fnv.New64a()
	h.Write([]byte(app))
	sum := h.Sum64()
	id := []byte("service-........")
	for i := len("service-"); i < len(id); i++ {
		id[i] = letters[sum%uint64(len(letters))]
		sum /= uint64(len(letters))
	}
	return string(id)
}
