package lite

import (
	"encoding/base64"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/postern-dev/postern/abi"
)

// Response is what a function answers. The SDK writes it the way the event's
// gateway wants it.
type Response struct {
	Status int    // 0 means 200
	Header Header // may be nil
	Body   []byte

	// Raw is the whole reply, written by the function itself, for routes that
	// are not integrated. When it is not nil the rest is ignored.
	Raw []byte
}

// Text returns a response of plain text.
func Text(status int, body string) Response {
	return Response{Status: status, Header: Header{"Content-Type": {"text/plain; charset=utf-8"}}, Body: []byte(body)}
}

// JSON returns a response whose body is JSON already.
func JSON(status int, body []byte) Response {
	return Response{Status: status, Header: Header{"Content-Type": {"application/json"}}, Body: body}
}

// appendTo appends the response as a reply in the given shape. A body that is
// not UTF-8 goes as base64.
func (r *Response) appendTo(dst []byte, s shape) []byte {
	if r.Raw != nil {
		return append(dst, r.Raw...)
	}
	status := r.Status
	if status == 0 {
		status = 200
	}
	plain := utf8.Valid(r.Body)
	dst = append(dst, `{"isBase64Encoded":`...)
	dst = strconv.AppendBool(dst, !plain)
	dst = append(dst, `,"statusCode":`...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	dst = r.Header.appendTo(dst, s)
	dst = append(dst, `,"body":`...)
	if plain {
		dst = abi.AppendString(dst, r.Body)
	} else {
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, r.Body)
		dst = append(dst, '"')
	}
	return append(dst, '}')
}

// appendTo appends the members of a reply that hold the header, sorted by
// name. Several values of one name are an array for Tencent; AWS has a member
// of its own for them in format 1.0, and one for cookies in 2.0, where the
// others are joined.
func (h Header) appendTo(dst []byte, s shape) []byte {
	var room [16]string
	names := room[:0]
	several := false
	for name, values := range h {
		names = append(names, name)
		several = several || len(values) > 1
	}
	slices.Sort(names)
	switch {
	case s == shapeAWS2:
		var cookies []string
		names = slices.DeleteFunc(names, func(name string) bool {
			if !equalFold(name, "Set-Cookie") {
				return false
			}
			cookies = append(cookies, h[name]...)
			return true
		})
		dst = h.appendMembers(append(dst, `,"headers":`...), names, appendJoined)
		if len(cookies) > 0 {
			dst = appendStrings(append(dst, `,"cookies":`...), cookies)
		}
		return dst
	case s == shapeAWS1 && several:
		return h.appendMembers(append(dst, `,"multiValueHeaders":`...), names, appendStrings)
	}
	return h.appendMembers(append(dst, `,"headers":`...), names, appendOneOrMore)
}

func (h Header) appendMembers(dst []byte, names []string, appendValues func([]byte, []string) []byte) []byte {
	dst = append(dst, '{')
	first := true
	for _, name := range names {
		if len(h[name]) == 0 {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = abi.AppendString(dst, name)
		dst = append(dst, ':')
		dst = appendValues(dst, h[name])
	}
	return append(dst, '}')
}

func appendOneOrMore(dst []byte, values []string) []byte {
	if len(values) == 1 {
		return abi.AppendString(dst, values[0])
	}
	return appendStrings(dst, values)
}

func appendStrings(dst []byte, values []string) []byte {
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = abi.AppendString(dst, v)
	}
	return append(dst, ']')
}

func appendJoined(dst []byte, values []string) []byte {
	if len(values) == 1 {
		return abi.AppendString(dst, values[0])
	}
	var joined []byte
	for i, v := range values {
		if i > 0 {
			joined = append(joined, ", "...)
		}
		joined = append(joined, v...)
	}
	return abi.AppendString(dst, joined)
}
