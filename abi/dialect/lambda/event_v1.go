package lambda

import (
	"strconv"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect/internal/wire"
	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// append1 appends what follows the path in an event of format 1.0.
func (d *Dialect) append1(dst []byte, req *abi.Request, fields *wire.Fields) []byte {
	dst = append(dst, `,"httpMethod":`...)
	dst = jsontext.AppendString(dst, req.Method)
	dst = append(dst, `,"headers":{`...)
	dst = d.appendHeaders1(dst, req, fields, single)
	dst = append(dst, `},"multiValueHeaders":{`...)
	dst = d.appendHeaders1(dst, req, fields, multi)
	dst = append(dst, '}')
	dst = appendQuery1(dst, req.Query)
	dst = append(dst, `,"pathParameters":`...)
	if len(req.Params) == 0 {
		dst = append(dst, "null"...)
	} else {
		dst = append(dst, '{')
		dst = wire.AppendParams(dst, req.Params)
		dst = append(dst, '}')
	}
	dst = d.appendContext1(dst, req, fields)
	dst = d.appendBody(dst, req, `,"body":null`)
	return append(dst, '}')
}

// style says how many values a name has.
type style uint8

const (
	single style = iota // the last one
	multi               // an array of all
)

// open and end are what stands around a value.
func (s style) open(dst []byte) []byte {
	if s == multi {
		return append(dst, '[')
	}
	return dst
}

func (s style) end(dst []byte) []byte {
	if s == multi {
		return append(dst, ']')
	}
	return dst
}

func (d *Dialect) appendHeaders1(dst []byte, req *abi.Request, fields *wire.Fields, s style) []byte {
	dst = append(dst, `"X-Forwarded-Proto":`...)
	dst = s.end(abi.AppendString(s.open(dst), req.Scheme))
	dst = append(dst, `,"X-Forwarded-Port":`...)
	dst = s.end(appendPort(s.open(dst), req))
	dst = append(dst, `,"X-Forwarded-For":`...)
	dst = s.end(appendForwardedFor(s.open(dst), req, fields))
	if fields.Find("Host") < 0 && len(req.Host) > 0 {
		dst = append(dst, `,"Host":`...)
		dst = s.end(jsontext.AppendString(s.open(dst), req.Host))
	}
	for i := range fields.Header {
		name := fields.Header[i].Name
		if !fields.Links[i].First || isForwarding(name) {
			continue
		}
		dst = append(dst, ',')
		dst = wire.AppendName(dst, name, d.names)
		dst = append(dst, ':')
		dst = s.open(dst)
		last := i
		for n := fields.Links[i].Next; n != 0; n = fields.Links[n].Next {
			if s == multi {
				dst = jsontext.AppendString(dst, fields.Header[last].Value)
				dst = append(dst, ',')
			}
			last = int(n)
		}
		dst = jsontext.AppendString(dst, fields.Header[last].Value)
		dst = s.end(dst)
	}
	return dst
}

// appendQuery1 appends the query twice: with the last value of each name, and
// with all of them.
func appendQuery1(dst, raw []byte) []byte {
	var (
		pairs [wire.Room]wire.Pair
		links [wire.Room]wire.Link
	)
	start := len(dst)
	query, dst := wire.NewQuery(dst, wire.AppendPairs(pairs[:0], raw), links[:0])
	names := len(dst)
	if len(query.Pairs) == 0 {
		return append(dst, `,"queryStringParameters":null,"multiValueQueryStringParameters":null`...)
	}
	dst = append(dst, `,"queryStringParameters":{`...)
	dst = appendPairs1(dst, &query, single)
	dst = append(dst, `},"multiValueQueryStringParameters":{`...)
	dst = appendPairs1(dst, &query, multi)
	dst = append(dst, '}')
	// The decoded names stand before it all and are of no more use.
	return dst[:start+copy(dst[start:], dst[names:])]
}

func appendPairs1(dst []byte, query *wire.Query, s style) []byte {
	for i := range query.Pairs {
		if !query.Links[i].First {
			continue
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, query.Name(i)...)
		dst = append(dst, ':')
		dst = s.open(dst)
		last := i
		for n := query.Links[i].Next; n != 0; n = query.Links[n].Next {
			if s == multi {
				dst = wire.AppendUnescaped(dst, query.Pairs[last].Value)
				dst = append(dst, ',')
			}
			last = int(n)
		}
		dst = wire.AppendUnescaped(dst, query.Pairs[last].Value)
		dst = s.end(dst)
	}
	return dst
}

func (d *Dialect) appendContext1(dst []byte, req *abi.Request, fields *wire.Fields) []byte {
	dst = append(dst, d.context...)
	dst = jsontext.AppendString(dst, req.RawPath)
	dst = append(dst, `,"httpMethod":`...)
	dst = jsontext.AppendString(dst, req.Method)
	dst = append(dst, `,"requestId":`...)
	dst = abi.AppendString(dst, req.ID)
	dst = append(dst, `,"extendedRequestId":`...)
	dst = abi.AppendString(dst, req.ID)
	dst = append(dst, `,"requestTime":`...)
	dst = appendTime(dst, req.Received)
	dst = append(dst, `,"requestTimeEpoch":`...)
	dst = strconv.AppendInt(dst, req.Received.UnixMilli(), 10)
	dst = appendDomain(dst, req.Host)
	dst = append(dst, `,"identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null,`+
		`"principalOrgId":null,"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":null,"user":null,`+
		`"accessKey":`...)
	if req.Identity.SecretID == "" {
		dst = append(dst, "null"...)
	} else {
		dst = abi.AppendString(dst, req.Identity.SecretID)
	}
	dst = append(dst, `,"sourceIp":`...)
	dst = abi.AppendString(dst, req.ClientIP)
	dst = append(dst, `,"userAgent":`...)
	dst = appendUserAgent(dst, fields)
	return append(dst, "}}"...)
}
