package wire

import (
	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// maxPlainFields is how many header fields a plain reply has at most: each is
// compared with all before it.
const maxPlainFields = 16

// part is a bit for each key of a plain reply.
type part uint8

const (
	partBase64 part = 1 << iota
	partStatus
	partHeaders
	partBody
)

// ReadPlain reads a reply of the shape that nearly all have, in one pass: an
// object with an integer statusCode and, if anything, isBase64Encoded, headers
// and body; no key twice, header names in whatever case; strings for values,
// without escape sequences but in the body. Status and header go to res, which
// must be empty, the rest to e. Of any other reply, good or bad, it knows nothing
// and returns false: then res must be reset and the reply be read with
// ReadEnvelope, which gives the same for a plain one.
func ReadPlain(e *Envelope, res *abi.Response, reply []byte) bool {
	at := space(reply, 0)
	if at >= len(reply) || reply[at] != '{' {
		return false
	}
	var seen part
	for {
		at = space(reply, at+1)
		p, n := readPart(reply[at:])
		if n == 0 || seen&p != 0 {
			return false
		}
		seen |= p
		if at = colon(reply, at+n); at >= len(reply) {
			return false
		}
		switch p {
		case partBody:
			e.Body = jsontext.ReadString(reply[at:])
			n = len(e.Body.Raw)
		case partHeaders:
			n = readPlainHeader(res, reply[at:])
		case partStatus:
			res.Status, n = readPlainStatus(reply[at:])
		case partBase64:
			e.Base64 = readBool(reply[at:])
			n = len(e.Base64.Raw)
		}
		if n == 0 {
			return false
		}
		at = space(reply, at+n)
		if at < len(reply) && reply[at] == ',' {
			continue
		}
		return seen&partStatus != 0 && at < len(reply) && reply[at] == '}' && space(reply, at+1) == len(reply)
	}
}

// readPart returns which key b begins with and how long it is, 0 when it is none
// of a plain reply.
func readPart(b []byte) (part, int) {
	if len(b) < len(`"body"`) || b[0] != '"' {
		return 0, 0
	}
	switch b[1] {
	case 'b':
		if string(b[1:6]) == `body"` {
			return partBody, 6
		}
	case 'h':
		if len(b) >= 9 && string(b[1:9]) == `headers"` {
			return partHeaders, 9
		}
	case 's':
		if len(b) >= 12 && string(b[1:12]) == `statusCode"` {
			return partStatus, 12
		}
	case 'i':
		if len(b) >= 17 && string(b[1:17]) == `isBase64Encoded"` {
			return partBase64, 17
		}
	}
	return 0, 0
}

// readPlainStatus reads the three digits of a status that b begins with. What
// follows them is for the caller to look at.
func readPlainStatus(b []byte) (status, length int) {
	if len(b) < 3 {
		return 0, 0
	}
	d0, d1, d2 := b[0]-'0', b[1]-'0', b[2]-'0'
	if d0 < minStatus/100 || d0 > 9 || d1 > 9 || d2 > 9 {
		return 0, 0
	}
	return int(d0)*100 + int(d1)*10 + int(d2), 3
}

// readBool reads the true or false that b begins with.
func readBool(b []byte) jsontext.Value {
	switch {
	case len(b) >= 5 && string(b[:5]) == "false":
		return jsontext.Value{Kind: jsontext.False, Raw: b[:5:5]}
	case len(b) >= 4 && string(b[:4]) == "true":
		return jsontext.Value{Kind: jsontext.True, Raw: b[:4:4]}
	}
	return jsontext.Value{}
}

// readPlainHeader reads the object that b begins with and returns its length, 0
// when something in it is not plain.
func readPlainHeader(res *abi.Response, b []byte) int {
	if b[0] != '{' {
		return 0
	}
	at := space(b, 1)
	if at < len(b) && b[at] == '}' {
		return at + 1
	}
	for range maxPlainFields {
		name := readName(b[at:])
		if len(name) == 0 {
			return 0
		}
		if at = colon(b, at+len(name)+2); at >= len(b) || b[at] != '"' {
			return 0
		}
		at++
		n := jsontext.Plain(b[at:])
		if at+n >= len(b) || b[at+n] != '"' || !addPlain(res, name, b[at:at+n:at+n]) {
			return 0
		}
		if at = space(b, at+n+1); at >= len(b) {
			return 0
		}
		if b[at] == '}' {
			return at + 1
		}
		if b[at] != ',' {
			return 0
		}
		at = space(b, at+1)
	}
	return 0
}

// readName returns the token in the string that b begins with, nothing when
// there is another string or none.
func readName(b []byte) []byte {
	if len(b) == 0 || b[0] != '"' {
		return nil
	}
	for n, c := range b[1:] {
		if !isTokenByte(c) {
			if c == '"' {
				return b[1 : n+1 : n+1]
			}
			break
		}
	}
	return nil
}

// addPlain adds one field to the header of res and reports whether it is plain.
func addPlain(res *abi.Response, name, value []byte) bool {
	if !IsFieldValue(value) {
		return false
	}
	if isOfConnection(name) {
		return true
	}
	for i := range res.Header {
		if sameName(res.Header[i].Name, name) {
			return false
		}
	}
	res.Header = append(res.Header, abi.Field{Name: name, Value: value})
	return true
}

// space returns where what stands at b[at:] begins behind white space.
func space(b []byte, at int) int {
	for at < len(b) && (b[at] == ' ' || b[at] == '\n' || b[at] == '\r' || b[at] == '\t') {
		at++
	}
	return at
}

// colon returns where the value behind the colon at b[at:] begins, len(b) when
// there is no colon.
func colon(b []byte, at int) int {
	at = space(b, at)
	if at >= len(b) || b[at] != ':' {
		return len(b)
	}
	return space(b, at+1)
}
