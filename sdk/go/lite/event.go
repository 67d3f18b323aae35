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
// nil.
type fields struct {
	raw []byte
	shape

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
	shapeTencent shape = iota
	shapeAWS1
	shapeAWS2
)

// scan finds the parts of an event.
func (f *fields) scan(raw []byte) {
	*f = fields{raw: raw, decoded: f.decoded[:0]}
	o := newObject(raw)
	for {
		key, value, ok := o.next()
		if !ok {
			return
		}
		switch string(key) {
		case "httpMethod":
			f.method = value
		case "path":
			f.path = value
		case "headers":
			f.headers = value
		case "queryString":
			f.query = value
		case "pathParameters":
			f.params = value
		case "body":
			f.body = value
		case "isBase64Encoded":
			f.encoded = string(value) == "true"
		case "requestContext":
			f.scanContext(value)
		case "multiValueHeaders":
			f.shape, f.multiHeaders = shapeAWS1, value
		case "multiValueQueryStringParameters":
			f.shape, f.multiQuery = shapeAWS1, value
		case "resource":
			f.shape = shapeAWS1
		case "rawPath":
			f.shape, f.path = shapeAWS2, value
		case "rawQueryString":
			f.rawQuery = value
		case "cookies":
			f.cookies = value
		case "queryStringParameters":
			if f.query == nil {
				f.query = value // the declared ones only where there is a queryString too
			}
		}
	}
}

// scanContext finds the parts of an event's requestContext. AWS nests some of
// them one step deeper.
func (f *fields) scanContext(raw []byte) {
	o := newObject(raw)
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
			f.method, f.sourceIP = find(value, "method"), find(value, "sourceIp")
		}
	}
}

// Raw is the whole event as JSON.
func (e Event) Raw() []byte { return e.f.raw }

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
func (e Event) Method() string { return text(e.f.method) }

// Path is the path that was asked for.
func (e Event) Path() string { return text(e.f.path) }

// Stage is the environment that the function is deployed in.
func (e Event) Stage() string { return text(e.f.stage) }

// RequestID names the request; it is in the logs too.
func (e Event) RequestID() string { return text(e.f.requestID) }

// SourceIP is the client's address.
func (e Event) SourceIP() string { return text(e.f.sourceIP) }

// Param returns the value of a variable of the route's path, "" when there is
// none of that name.
func (e Event) Param(name string) string { return text(find(e.f.params, name)) }

// Params returns all variables of the route's path.
func (e Event) Params() map[string]string {
	all := map[string]string{}
	for o := newObject(e.f.params); ; {
		key, value, ok := o.next()
		if !ok {
			return all
		}
		all[string(key)] = text(value)
	}
}

// Header returns the first value of a header field, "" when there is none. The
// case of name does not matter.
func (e Event) Header(name string) string {
	for o := newObject(e.f.headers); ; {
		key, value, ok := o.next()
		if !ok {
			break
		}
		if equalFold(key, name) {
			return text(value)
		}
	}
	if e.f.multiHeaders != nil || e.f.cookies != nil {
		return e.Headers().Get(name)
	}
	return ""
}

// Headers returns all header fields.
func (e Event) Headers() Header {
	source := e.f.headers
	if o := newObject(e.f.multiHeaders); o.b != nil {
		source = e.f.multiHeaders
	}
	h := Header{}
	for o := newObject(source); ; {
		key, value, ok := o.next()
		if !ok {
			break
		}
		name := canonical(string(key))
		h[name] = appendTexts(h[name], value)
	}
	var cookies []byte
	for a := newArray(e.f.cookies); ; {
		value, ok := a.next()
		if !ok {
			break
		}
		if len(cookies) > 0 {
			cookies = append(cookies, "; "...)
		}
		cookies = append(cookies, text(value)...)
	}
	if len(cookies) > 0 {
		h["Cookie"] = []string{string(cookies)}
	}
	return h
}

// appendTexts appends the text of a value or, when it is an array, those of
// its elements.
func appendTexts(dst []string, value []byte) []string {
	if len(value) == 0 || value[0] != '[' {
		return append(dst, text(value))
	}
	for a := newArray(value); ; {
		v, ok := a.next()
		if !ok {
			return dst
		}
		dst = append(dst, text(v))
	}
}

// Query returns the first value of a query parameter, "" when there is none.
func (e Event) Query(name string) string {
	if e.f.rawQuery != nil {
		return e.Queries().Get(name)
	}
	value := find(e.querySource(), name)
	if len(value) > 0 && value[0] == '[' {
		a := newArray(value)
		value, _ = a.next()
	}
	if string(value) == "true" { // written without an equals sign
		return ""
	}
	return text(value)
}

// Queries returns all query parameters.
func (e Event) Queries() Values {
	if e.f.rawQuery != nil {
		return parseQuery(text(e.f.rawQuery))
	}
	v := Values{}
	e.eachQuery(func(name, value string, _ bool) { v[name] = append(v[name], value) })
	return v
}

// RawQuery returns the query as it stands in a URL, without the question mark.
// Where the event has it decoded only, it is encoded again.
func (e Event) RawQuery() string {
	if e.f.rawQuery != nil {
		return text(e.f.rawQuery)
	}
	var raw []byte
	e.eachQuery(func(name, value string, bare bool) {
		if len(raw) > 0 {
			raw = append(raw, '&')
		}
		raw = appendQuery(raw, name)
		if !bare {
			raw = appendQuery(append(raw, '='), value)
		}
	})
	return string(raw)
}

func (e Event) querySource() []byte {
	if o := newObject(e.f.multiQuery); o.b != nil {
		return e.f.multiQuery
	}
	return e.f.query
}

// eachQuery visits the parameters of a decoded query in their order. A bare
// one was written without an equals sign.
func (e Event) eachQuery(visit func(name, value string, bare bool)) {
	for o := newObject(e.querySource()); ; {
		key, value, ok := o.next()
		if !ok {
			return
		}
		name := string(key)
		if value[0] != '[' {
			visitQuery(visit, name, value)
			continue
		}
		for a := newArray(value); ; {
			v, ok := a.next()
			if !ok {
				break
			}
			visitQuery(visit, name, v)
		}
	}
}

func visitQuery(visit func(name, value string, bare bool), name string, value []byte) {
	if string(value) == "true" {
		visit(name, "", true)
		return
	}
	visit(name, text(value), false)
}

// Body is the request's body, decoded when the event says that it is base64;
// nil when the request has none.
func (e Event) Body() []byte {
	f := e.f
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
