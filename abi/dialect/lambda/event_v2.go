package lambda

import (
	"bytes"
	"strconv"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect/internal/wire"
	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// append2 appends what follows the path in an event of format 2.0.
func (d *Dialect) append2(dst []byte, req *abi.Request, fields *wire.Fields) []byte {
	dst = append(dst, `,"rawQueryString":`...)
	dst = jsontext.AppendString(dst, req.Query)
	dst = appendCookies(dst, req.Header)
	dst = append(dst, `,"headers":{`...)
	dst = d.appendHeaders2(dst, req, fields)
	dst = append(dst, '}')
	dst = appendQuery2(dst, req.Query)
	if len(req.Params) > 0 {
		dst = append(dst, `,"pathParameters":{`...)
		dst = wire.AppendParams(dst, req.Params)
		dst = append(dst, '}')
	}
	dst = d.appendContext2(dst, req, fields)
	dst = d.appendBody(dst, req, "")
	return append(dst, '}')
}

// appendCookies appends each cookie of the request, unless there are none.
func appendCookies(dst []byte, header []abi.Field) []byte {
	n := 0
	for i := range header {
		if !abi.EqualFold(header[i].Name, "cookie") {
			continue
		}
		rest := header[i].Value
		for len(rest) > 0 {
			cookie := rest
			if end := bytes.IndexByte(rest, ';'); end >= 0 {
				cookie, rest = rest[:end], rest[end+1:]
			} else {
				rest = nil
			}
			if cookie = bytes.TrimSpace(cookie); len(cookie) == 0 {
				continue
			}
			if n++; n == 1 {
				dst = append(dst, `,"cookies":[`...)
			} else {
				dst = append(dst, ',')
			}
			dst = jsontext.AppendString(dst, cookie)
		}
	}
	if n > 0 {
		dst = append(dst, ']')
	}
	return dst
}

func (d *Dialect) appendHeaders2(dst []byte, req *abi.Request, fields *wire.Fields) []byte {
	dst = wire.AppendName(dst, "x-forwarded-proto", d.names)
	dst = append(dst, ':')
	dst = abi.AppendString(dst, req.Scheme)
	dst = append(dst, ',')
	dst = wire.AppendName(dst, "x-forwarded-port", d.names)
	dst = append(dst, ':')
	dst = appendPort(dst, req)
	dst = append(dst, ',')
	dst = wire.AppendName(dst, "x-forwarded-for", d.names)
	dst = append(dst, ':')
	dst = appendForwardedFor(dst, req, fields)
	if fields.Find("Host") < 0 && len(req.Host) > 0 {
		dst = append(dst, ',')
		dst = wire.AppendName(dst, "host", d.names)
		dst = append(dst, ':')
		dst = jsontext.AppendString(dst, req.Host)
	}
	for i := range fields.Header {
		name := fields.Header[i].Name
		if !fields.Links[i].First || isForwarding(name) || abi.EqualFold(name, "cookie") {
			continue
		}
		dst = append(dst, ',')
		dst = wire.AppendName(dst, name, d.names)
		dst = append(dst, ':')
		dst = fields.AppendJoined(dst, i, ",")
	}
	return dst
}

// appendQuery2 appends the query with the values of each name joined by commas,
// unless there is none.
func appendQuery2(dst, raw []byte) []byte {
	var (
		pairs [wire.Room]wire.Pair
		links [wire.Room]wire.Link
	)
	start := len(dst)
	query, dst := wire.NewQuery(dst, wire.AppendPairs(pairs[:0], raw), links[:0])
	names := len(dst)
	if len(query.Pairs) == 0 {
		return dst
	}
	dst = append(dst, `,"queryStringParameters":{`...)
	for i := range query.Pairs {
		if !query.Links[i].First {
			continue
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, query.Name(i)...)
		dst = append(dst, ':')
		dst = wire.AppendUnescaped(dst, query.Pairs[i].Value)
		for n := query.Links[i].Next; n != 0; n = query.Links[n].Next {
			at := len(dst) - 1
			dst = wire.AppendUnescaped(dst[:at], query.Pairs[n].Value)
			dst[at] = ',' // one quote ended a value, the other began the next
		}
	}
	dst = append(dst, '}')
	// The decoded names stand before it all and are of no more use.
	return dst[:start+copy(dst[start:], dst[names:])]
}

func (d *Dialect) appendContext2(dst []byte, req *abi.Request, fields *wire.Fields) []byte {
	dst = append(dst, d.context...)
	dst = jsontext.AppendString(dst, req.Method)
	dst = append(dst, `,"path":`...)
	dst = jsontext.AppendString(dst, req.RawPath)
	dst = append(dst, `,"protocol":"HTTP/1.1","sourceIp":`...)
	dst = abi.AppendString(dst, req.ClientIP)
	dst = append(dst, `,"userAgent":`...)
	dst = appendUserAgent(dst, fields)
	dst = append(dst, `},"requestId":`...)
	dst = abi.AppendString(dst, req.ID)
	dst = append(dst, `,"time":`...)
	dst = appendTime(dst, req.Received)
	dst = append(dst, `,"timeEpoch":`...)
	dst = strconv.AppendInt(dst, req.Received.UnixMilli(), 10)
	dst = appendDomain(dst, req.Host)
	if req.Identity.SecretID != "" {
		dst = append(dst, `,"authorizer":{"iam":{"accessKey":`...)
		dst = abi.AppendString(dst, req.Identity.SecretID)
		dst = append(dst, `,"accountId":"`+accountID+`","callerId":"","cognitoIdentity":null,"principalOrgId":"","userArn":"","userId":""}}`...)
	}
	return append(dst, '}')
}
