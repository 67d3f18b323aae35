package lite

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
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
	return Response{Status: status, Header: plainText.take(), Body: program.keepBytes(body)}
}

// JSON returns a response whose body is JSON already.
func JSON(status int, body []byte) Response {
	return Response{Status: status, Header: jsonText.take(), Body: body}
}

// appendTo appends the response as a reply in the given shape. A body that is
// not UTF-8 goes as base64.
func (r *Response) appendTo(dst []byte, s shape) []byte {
	if r.Raw != nil {
		return append(dst, r.Raw...)
	}
	text := utf8.Valid(r.Body)
	if text && r.Status == 200 {
		dst = append(dst, `{"isBase64Encoded":false,"statusCode":200`...)
	} else {
		dst = r.appendStart(dst, text)
	}
	dst = r.Header.appendTo(dst, s)
	if text {
		return append(abi.AppendString(append(dst, `,"body":`...), r.Body), '}')
	}
	dst = append(dst, `,"body":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, r.Body)
	return append(dst, `"}`...)
}

// appendStart appends what stands before the header.
func (r *Response) appendStart(dst []byte, text bool) []byte {
	dst = append(dst, `{"isBase64Encoded":`...)
	dst = strconv.AppendBool(dst, !text)
	dst = append(dst, `,"statusCode":`...)
	status := r.Status
	if status == 0 {
		status = 200
	}
	return strconv.AppendInt(dst, int64(status), 10)
}

// appendTo appends the members of a reply that hold the header, sorted by
// name. Several values of one name are an array for Tencent; AWS has a member
// of its own for them in format 1.0, and one for cookies in 2.0, where the
// others are joined.
func (h Header) appendTo(dst []byte, s shape) []byte {
	if len(h) == 1 { // as most are
		if values := h["Content-Type"]; len(values) == 1 {
			dst = append(dst, `,"headers":{"Content-Type":`...)
			return append(abi.AppendString(dst, values[0]), '}')
		}
	}
	var room [16]field
	fields := room[:0]
	several := false
	for name, values := range h {
		fields = append(fields, field{name, values})
		several = several || len(values) > 1
	}
	slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	switch {
	case s == shapeAWS2:
		var cookies []string
		fields = slices.DeleteFunc(fields, func(f field) bool {
			if !equalFold(f.name, "Set-Cookie") {
				return false
			}
			cookies = append(cookies, f.values...)
			return true
		})
		dst = appendMembers(append(dst, `,"headers":{`...), fields, appendJoined)
		if len(cookies) > 0 {
			dst = appendStrings(append(dst, `,"cookies":`...), cookies)
		}
		return dst
	case s == shapeAWS1 && several:
		return appendMembers(append(dst, `,"multiValueHeaders":{`...), fields, appendStrings)
	}
	return appendMembers(append(dst, `,"headers":{`...), fields, appendOneOrMore)
}

// field is a header field with all of its values.
type field struct {
	name   string
	values []string
}

func appendMembers(dst []byte, fields []field, appendValues func([]byte, []string) []byte) []byte {
	first := true
	for _, f := range fields {
		if len(f.values) == 0 {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = abi.AppendString(dst, f.name)
		dst = append(dst, ':')
		dst = appendValues(dst, f.values)
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
