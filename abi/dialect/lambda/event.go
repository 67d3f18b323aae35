package lambda

import (
	"bytes"
	"strconv"
	"time"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect/internal/wire"
	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// AppendEvent appends the event for req to dst.
func (d *Dialect) AppendEvent(dst []byte, req *abi.Request) ([]byte, error) {
	if err := wire.CheckEvent(len(req.Body), d.maxEvent); err != nil {
		return dst, err
	}
	start := len(dst)
	var room [wire.Room]wire.Link
	fields := wire.NewFields(req.Header, room[:0])

	dst = append(dst, d.head...)
	dst = jsontext.AppendString(dst, req.RawPath)
	if d.format == format1 {
		dst = d.append1(dst, req, &fields)
	} else {
		dst = d.append2(dst, req, &fields)
	}
	if err := wire.CheckEvent(len(dst)-start, d.maxEvent); err != nil {
		return dst[:start], err
	}
	return dst, nil
}

// appendBody appends the body, absence when there is none, and isBase64Encoded.
func (d *Dialect) appendBody(dst []byte, req *abi.Request, absence string) []byte {
	if len(req.Body) == 0 {
		dst = append(dst, absence...)
		return append(dst, `,"isBase64Encoded":false`...)
	}
	dst = append(dst, `,"body":`...)
	encoding := d.base64.Encoding(req)
	dst = wire.AppendBody(dst, req.Body, encoding)
	dst = append(dst, `,"isBase64Encoded":`...)
	return strconv.AppendBool(dst, encoding == wire.Encoded)
}

// appendDomain appends the host that the client named, without its port, and the
// first label of that.
func appendDomain(dst []byte, host []byte) []byte {
	host = hostname(host)
	prefix, _, _ := bytes.Cut(host, []byte("."))
	dst = append(dst, `,"domainName":`...)
	dst = jsontext.AppendString(dst, host)
	dst = append(dst, `,"domainPrefix":`...)
	return jsontext.AppendString(dst, prefix)
}

// appendTime appends when the request arrived as API Gateway's log writes it.
func appendTime(dst []byte, t time.Time) []byte {
	dst = append(dst, '"')
	dst = t.UTC().AppendFormat(dst, "02/Jan/2006:15:04:05 +0000")
	return append(dst, '"')
}

func appendUserAgent(dst []byte, fields *wire.Fields) []byte {
	if i := fields.Find("User-Agent"); i >= 0 {
		return fields.AppendJoined(dst, i, ", ")
	}
	return append(dst, `""`...)
}

// isForwarding reports whether a header says from where and how a request came:
// the gateway writes those itself.
func isForwarding(name []byte) bool {
	switch len(name) {
	case len("x-forwarded-for"):
		return abi.EqualFold(name, "x-forwarded-for")
	case len("x-forwarded-port"):
		return abi.EqualFold(name, "x-forwarded-port")
	case len("x-forwarded-proto"):
		return abi.EqualFold(name, "x-forwarded-proto")
	}
	return false
}

// appendForwardedFor appends the addresses that the request came from, the
// client's last.
func appendForwardedFor(dst []byte, req *abi.Request, fields *wire.Fields) []byte {
	i := fields.Find("X-Forwarded-For")
	if i < 0 {
		return abi.AppendString(dst, req.ClientIP)
	}
	dst = fields.AppendJoined(dst, i, ", ")
	dst = append(dst[:len(dst)-1], ',')
	at := len(dst)
	dst = abi.AppendString(dst, req.ClientIP)
	dst[at] = ' ' // where the address' opening quote was
	return dst
}

// appendPort appends the port that the client named, or its scheme's, as a
// string.
func appendPort(dst []byte, req *abi.Request) []byte {
	if port := bytes.TrimPrefix(req.Host[len(hostname(req.Host)):], []byte(":")); len(port) > 0 {
		return jsontext.AppendString(dst, port)
	}
	if req.Scheme == "https" {
		return append(dst, `"443"`...)
	}
	return append(dst, `"80"`...)
}

// hostname returns host without its port.
func hostname(host []byte) []byte {
	colon := bytes.LastIndexByte(host, ':')
	if colon < 0 || colon < bytes.LastIndexByte(host, ']') {
		return host
	}
	return host[:colon]
}
