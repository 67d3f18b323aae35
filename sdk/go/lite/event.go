package lite

import (
	"bytes"
	"encoding/base64"
)

// Event is one request for the function. Its methods decode what they are
// asked for and nothing else, and understand the events of API gateways of
// Tencent Cloud and of AWS, payload formats 1.0 and 2.0. It is used by one
// goroutine at a time and ends when the handler returns; see the package
// comment for what may be kept.
type Event struct {
	f *fields
}

// fields are where the parts of an event stand in its text. Absent ones are
// nil. The text is read as far as somebody asks: the rest of it, and what is
// nested in it, most functions do without.
type fields struct {
	raw    []byte
	unread object
	read   bool // with the context
	shape

	context                                  []byte // the requestContext, whose members follow
	method, path, stage, requestID, sourceIP []byte
	headers, multiHeaders, cookies           []byte
	query, multiQuery, rawQuery              []byte
	params, body                             []byte
	encoded                                  bool // the body is base64

	decoded []byte // room for the body
}

// shape is one gateway's way to write events and replies.
type shape byte

const (
	shapeUnknown shape = iota
	shapeTencent
	shapeAWS1
	shapeAWS2
)

// scan begins to look for the parts of an event.
func (f *fields) scan(raw []byte) {
	decoded := f.decoded[:0]
	*f = fields{} // and not a literal, which would be made elsewhere and copied
	f.raw, f.unread, f.decoded = raw, newObject(raw), decoded
}

// upTo reads until a part is found, and returns it.
func (f *fields) upTo(part *[]byte) []byte {
	for *part == nil && f.next() {
	}
	return *part
}

// all reads all members.
func (e Event) all() *fields {
	for e.f.next() {
	}
	return e.f
}

// whole reads all members, and those of the requestContext.
func (e Event) whole() *fields {
	f := e.all()
	if !f.read {
		f.scanContext()
		f.read = true
	}
	return f
}

// gateway is the shape of the event's gateway, read as far as it takes. That of
// Tencent is also the one of events that say nothing.
func (f *fields) gateway() shape {
	for f.shape == shapeUnknown && f.next() {
	}
	return max(f.shape, shapeTencent)
}

// is notes what a member tells of the gateway. Members that only Tencent knows
// count most.
func (f *fields) is(s shape) {
	if f.shape != shapeTencent {
		f.shape = s
	}
}

// next reads one more member. It reports false when there was none left.
func (f *fields) next() bool {
	if f.unread.b == nil {
		return false
	}
	key, value, ok := f.unread.next()
	if !ok {
		f.unread.b = nil
		return false
	}
	switch string(key) {
	case "httpMethod":
		f.method = value
	case "path":
		f.path = value
	case "headers":
		f.headers = value
	case "headerParameters":
		f.is(shapeTencent)
	case "queryString":
		f.query = value
		f.is(shapeTencent)
	case "pathParameters":
		f.params = value
	case "body":
		f.body = value
	case "isBase64Encoded":
		f.encoded = string(value) == "true"
	case "requestContext":
		f.context = value
	case "multiValueHeaders":
		f.multiHeaders = value
		f.is(shapeAWS1)
	case "multiValueQueryStringParameters":
		f.multiQuery = value
		f.is(shapeAWS1)
	case "resource":
		f.is(shapeAWS1)
	case "rawPath":
		f.path = value
		f.is(shapeAWS2)
	case "rawQueryString":
		f.rawQuery = value
	case "cookies":
		f.cookies = value
	case "queryStringParameters":
		if f.query == nil {
			f.query = value // the declared ones only where there is a queryString too
		}
	}
	return true
}

// scanContext finds the parts of an event's requestContext. AWS nests some of
// them one step deeper.
func (f *fields) scanContext() {
	o := newObject(f.context)
	for {
		key, value, ok := o.next()
		if !ok {
			return
		}
		switch string(key) {
		case "requestId":
			f.requestID = value
		case "stage":
			f.stage = value
		case "sourceIp":
			f.sourceIP = value
		case "identity":
			if ip := find(value, "sourceIp"); ip != nil {
				f.sourceIP = ip
			}
		case "http":
			f.sourceIP = find(value, "sourceIp")
			if f.method == nil {
				f.method = find(value, "method")
			}
		}
	}
}

// Raw is the whole event as JSON, for reading: strings that were read from the
// event may lie in it.
func (e Event) Raw() []byte { return e.f.raw[:len(e.f.raw):len(e.f.raw)] }

// Find returns the JSON of a value inside the event, for instance of
// Find("requestContext", "identity", "secretId"), and nil when it is absent.
func (e Event) Find(keys ...string) []byte {
	value := e.f.raw
	for _, key := range keys {
		value = find(value, key)
	}
	return value
}

// Text is Find for values that are text; other values come as written, absent
// ones as "".
func (e Event) Text(keys ...string) string { return text(e.Find(keys...)) }

// Method is the request's method, "GET" for instance.
func (e Event) Method() string {
	if method := e.f.upTo(&e.f.method); method != nil {
		return text(method)
	}
	return text(e.whole().method)
}

// Path is the path that was asked for.
func (e Event) Path() string { return text(e.all().path) }

// Stage is the environment that the function is deployed in.
func (e Event) Stage() string { return text(e.whole().stage) }

// RequestID names the request; it is in the logs too.
func (e Event) RequestID() string { return text(e.whole().requestID) }

// SourceIP is the client's address.
func (e Event) SourceIP() string { return text(e.whole().sourceIP) }

// Param returns the value of a variable of the route's path, "" when there is
// none of that name.
func (e Event) Param(name string) string { return text(find(e.f.upTo(&e.f.params), name)) }

// Params returns all variables of the route's path.
func (e Event) Params() map[string]string {
	all := map[string]string{}
	e.EachParam(func(name, value string) { all[name] = value })
	return all
}

// EachParam visits all variables of the route's path.
func (e Event) EachParam(visit func(name, value string)) {
	for o := newObject(e.f.upTo(&e.f.params)); ; {
		key, value, ok := o.next()
		if !ok {
			return
		}
		visit(program.ownString(key), text(value))
	}
}

// Body is the request's body, decoded when the event says that it is base64;
// nil when the request has none.
func (e Event) Body() []byte {
	f := e.all()
	if !isString(f.body) {
		return nil
	}
	inner := f.body[1 : len(f.body)-1]
	if bytes.IndexByte(inner, '\\') >= 0 {
		f.decoded = appendUnescaped(f.decoded[:0], inner)
		inner = f.decoded
	}
	if !f.encoded {
		return inner
	}
	out, err := base64.StdEncoding.AppendDecode(nil, inner)
	if err != nil {
		return inner
	}
	return out
}
