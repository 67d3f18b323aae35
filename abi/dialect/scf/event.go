package scf

import (
	"bytes"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect/internal/wire"
	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// fewPairs is how many pairs nearly all queries have at most.
const fewPairs = 8

// AppendEvent appends the event for req to dst.
func (d *Dialect) AppendEvent(dst []byte, req *abi.Request) ([]byte, error) {
	start := len(dst)
	if err := wire.CheckEvent(len(req.Body), d.maxEvent); err != nil {
		return dst, err
	}
	var room [wire.Room]wire.Link
	fields := wire.NewFields(req.Header, room[:0])

	// Functions look for parameters first, and many then read no further.
	dst = append(dst, `{"headerParameters":{`...)
	dst = d.appendHeaderParams(dst, req, &fields)
	dst = append(dst, `},"pathParameters":{`...)
	dst = d.appendPathParams(dst, req)
	dst = append(dst, d.head...)
	begun := len(dst)
	dst = abi.AppendString(dst, req.ID)
	id := dst[begun:]
	dst = append(dst, `,"identity":{`...)
	if req.Identity.SecretID != "" {
		dst = append(dst, `"secretId":`...)
		dst = abi.AppendString(dst, req.Identity.SecretID)
	}
	dst = append(dst, `},"sourceIp":`...)
	dst = abi.AppendString(dst, req.ClientIP)
	dst = append(dst, d.middle...)
	dst = abi.AppendString(dst, req.Scheme)
	dst = d.appendHeaders(dst, req, id, &fields)
	dst = append(dst, `,"queryStringParameters":{`...)
	dst = d.appendQuery(dst, req.Query)
	dst = append(dst, `,"path":`...)
	dst = jsontext.AppendString(dst, req.RawPath)
	dst = append(dst, `,"httpMethod":`...)
	dst = jsontext.AppendString(dst, req.Method)
	dst = append(dst, d.tail...)
	dst = d.appendBody(dst, req)
	dst = append(dst, '}')

	if err := wire.CheckEvent(len(dst)-start, d.maxEvent); err != nil {
		return dst[:start], err
	}
	return dst, nil
}

// appendHeaders appends the header behind what the gateway adds, and its '}'. id
// is the JSON string of the request's id.
func (d *Dialect) appendHeaders(dst []byte, req *abi.Request, id []byte, fields *wire.Fields) []byte {
	dst = append(dst, d.requestID...)
	dst = append(dst, id...)
	dst = append(dst, d.traceID...)
	dst = append(dst, id...)
	if len(req.Host) > 0 {
		dst = append(dst, d.host...)
		dst = jsontext.AppendString(dst, req.Host)
	}
	for i := range fields.Header {
		name := fields.Header[i].Name
		if !fields.Links[i].First || isAdded(name) {
			continue
		}
		if len(req.Host) > 0 && abi.EqualFold(name, "host") {
			continue
		}
		dst = wire.AppendKey(dst, name, d.names)
		if fields.Links[i].Next == 0 {
			dst = jsontext.AppendString(dst, fields.Header[i].Value)
			continue
		}
		dst = fields.AppendJoined(dst, i, separator(name))
	}
	return append(dst, '}')
}

// separator returns what stands between the values of repeated fields.
func separator(name []byte) string {
	if abi.EqualFold(name, "cookie") {
		return "; "
	}
	return ", "
}

// isAdded reports whether a field is one that the gateway may add: a client
// can't speak for it, whether this route adds it or not.
func isAdded(name []byte) bool {
	switch len(name) {
	case len("x-qualifier"):
		return abi.EqualFold(name, "x-qualifier")
	case len("x-api-scheme"): // and x-b3-traceid
		return abi.EqualFold(name, "x-api-scheme") || abi.EqualFold(name, "x-b3-traceid")
	case len("requestsource"):
		return abi.EqualFold(name, "requestsource")
	case len("x-api-requestid"):
		return abi.EqualFold(name, "x-api-requestid")
	case len("endpoint-timeout"):
		return abi.EqualFold(name, "endpoint-timeout")
	case len("x-anonymous-consumer"):
		return abi.EqualFold(name, "x-anonymous-consumer")
	}
	return false
}

func (d *Dialect) appendHeaderParams(dst []byte, req *abi.Request, fields *wire.Fields) []byte {
	for n := range d.headerParams {
		p := &d.headerParams[n]
		dst = append(dst, p.lead...)
		i := fields.Find(p.name)
		switch {
		case i >= 0:
			dst = fields.AppendJoined(dst, i, separator(fields.Header[i].Name))
		case p.host && len(req.Host) > 0:
			dst = jsontext.AppendString(dst, req.Host)
		default:
			dst = append(dst, p.absence...)
		}
	}
	return dst
}

// appendPathParams appends the declared parameters, or all when the route
// declares none.
func (d *Dialect) appendPathParams(dst []byte, req *abi.Request) []byte {
	if len(d.pathParams) == 0 {
		return wire.AppendParams(dst, req.Params)
	}
	for n := range d.pathParams {
		p := &d.pathParams[n]
		dst = append(dst, p.lead...)
		if value, ok := findParam(req.Params, p.name); ok {
			dst = jsontext.AppendString(dst, value)
		} else {
			dst = append(dst, p.absence...)
		}
	}
	return dst
}

func findParam(params []abi.Param, name string) ([]byte, bool) {
	for i := range params {
		if params[i].Name == name {
			return params[i].Value, true
		}
	}
	return nil, false
}

// appendQuery appends the declared parameters, what stands between, and the
// whole query with its '}'.
func (d *Dialect) appendQuery(dst, raw []byte) []byte {
	if len(raw) == 0 {
		return append(dst, d.noQuery...)
	}
	// Room for many pairs takes longer to clear than a few pairs to read.
	if bytes.Count(raw, []byte{'&'}) < fewPairs {
		var (
			pairs [fewPairs]wire.Pair
			links [fewPairs]wire.Link
		)
		return d.appendPairs(dst, wire.AppendPairs(pairs[:0], raw), links[:0])
	}
	var (
		pairs [wire.Room]wire.Pair
		links [wire.Room]wire.Link
	)
	return d.appendPairs(dst, wire.AppendPairs(pairs[:0], raw), links[:0])
}

// appendPairs appends what appendQuery does. links is empty room.
func (d *Dialect) appendPairs(dst []byte, pairs []wire.Pair, links []wire.Link) []byte {
	start := len(dst)
	query, dst := wire.NewQuery(dst, pairs, links)
	names := len(dst)
	for n := range d.queryParams {
		p := &d.queryParams[n]
		dst = append(dst, p.lead...)
		if i := query.Find(p.key); i >= 0 {
			dst = appendValues(dst, &query, i)
		} else {
			dst = append(dst, p.absence...)
		}
	}
	dst = append(dst, `},"queryString":{`...)
	n := 0
	for i := range query.Pairs {
		if query.Links[i].First {
			dst = appendKey(dst, n, query.Name(i))
			dst = appendValues(dst, &query, i)
			n++
		}
	}
	dst = append(dst, '}')
	// The decoded names stand before it all and are of no more use.
	return dst[:start+copy(dst[start:], dst[names:])]
}

// appendValues appends the value of the name that pair i was the first to have:
// an array when there are more.
func appendValues(dst []byte, query *wire.Query, i int) []byte {
	if query.Links[i].Next == 0 {
		return appendValue(dst, &query.Pairs[i])
	}
	dst = append(dst, '[')
	dst = appendValue(dst, &query.Pairs[i])
	for n := query.Links[i].Next; n != 0; n = query.Links[n].Next {
		dst = append(dst, ',')
		dst = appendValue(dst, &query.Pairs[n])
	}
	return append(dst, ']')
}

func appendValue(dst []byte, p *wire.Pair) []byte {
	if !p.Assigned {
		return append(dst, "true"...)
	}
	return wire.AppendUnescaped(dst, p.Value)
}

func (d *Dialect) appendBody(dst []byte, req *abi.Request) []byte {
	if len(req.Body) == 0 {
		return dst
	}
	dst = append(dst, `,"body":`...)
	encoding := d.base64.Encoding(req)
	dst = wire.AppendBody(dst, req.Body, encoding)
	if encoding == wire.Encoded {
		dst = append(dst, `,"isBase64Encoded":true`...)
	}
	return dst
}

// appendKey appends the key of element n of an object.
func appendKey(dst []byte, n int, key []byte) []byte {
	if n > 0 {
		dst = append(dst, ',')
	}
	dst = append(dst, key...)
	return append(dst, ':')
}
