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

// fields are where the parts of an event stand in its text. The text is read as
// far as somebody asks: the rest of it, and what is nested in it, most functions
// do without.
type fields struct {
	raw    []byte
	unread object // has no place when all was read
	places
	decoded []byte // room for the body
}

// places are what is known of an event's parts. They have no pointers, which the
// compiler has more work with than with numbers.
type places struct {
	read    bool // with the context
	encoded bool // the body is base64
	shape

	context                                  part // the requestContext, whose members follow
	method, path, stage, requestID, sourceIP part
	headers, multiHeaders, cookies           part
	query, multiQuery, rawQuery              part
	params, body                             part
}

// part is where a value begins in the text of its event, and where it ends: 0
// when there is none.
type part struct{ from, to int32 }

// partAt is the part between two places.
func partAt(from, to int) part { return part{int32(from), int32(to)} }

// text is the value that is a part of the event, nil when it has none.
func (f *fields) text(p part) []byte {
	if p.to == 0 {
		return nil
	}
	return f.raw[p.from:p.to]
}

// find is where a value that was found in the event stands in it.
func (f *fields) find(value []byte) part {
	if value == nil {
		return part{}
	}
	from := cap(f.raw) - cap(value) // it goes as far as the event does
	return partAt(from, from+len(value))
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
	f.raw, f.unread, f.places = raw, newObject(raw), places{}
}

// upTo reads until a part is found, and returns its value.
func (f *fields) upTo(p *part) []byte {
	for p.to == 0 && f.next() {
	}
	return f.text(*p)
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
	if f.unread.i == 0 {
		return false
	}
	key, text, ok := f.unread.next()
	end := f.unread.i
	if !ok {
		f.unread.i = 0
		return false
	}
	value := partAt(end-len(text), end)
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
		f.encoded = string(text) == "true"
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
		if f.query.to == 0 {
			f.query = value // the declared ones only where there is a queryString too
		}
	}
	return true
}

// scanContext finds the parts of an event's requestContext. AWS nests some of
// them one step deeper.
func (f *fields) scanContext() {
	o := newObject(f.text(f.context))
	for {
		key, value, ok := o.next()
		if !ok {
			return
		}
		switch string(key) {
		case "requestId":
			f.requestID = f.find(value)
		case "stage":
			f.stage = f.find(value)
		case "sourceIp":
			f.sourceIP = f.find(value)
		case "identity":
			if ip := find(value, "sourceIp"); ip != nil {
				f.sourceIP = f.find(ip)
			}
		case "http":
			f.sourceIP = f.find(find(value, "sourceIp"))
			if f.method.to == 0 {
				f.method = f.find(find(value, "method"))
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

// value is the text of a value inside the event, "" when it is absent.
func (e Event) value(p part) string { return text(e.f.text(p)) }

// Method is the request's method, "GET" for instance.
func (e Event) Method() string {
	if method := e.f.upTo(&e.f.method); method != nil {
		return text(method)
	}
	return e.value(e.whole().method)
}

// Path is the path that was asked for.
func (e Event) Path() string { return e.value(e.all().path) }

// Stage is the environment that the function is deployed in.
func (e Event) Stage() string { return e.value(e.whole().stage) }

// RequestID names the request; it is in the logs too.
func (e Event) RequestID() string { return e.value(e.whole().requestID) }

// SourceIP is the client's address.
func (e Event) SourceIP() string { return e.value(e.whole().sourceIP) }

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
	body := f.text(f.body)
	if !isString(body) {
		return nil
	}
	inner := body[1 : len(body)-1]
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
