package lite

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

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
// not UTF-8 goes as base64. sniff may be nil.
func (r *Response) appendTo(dst []byte, s shape, sniff func(body []byte) string) []byte {
	if r.Raw != nil {
		return append(dst, r.Raw...)
	}
	types, typed := r.Header["Content-Type"]
	if !typed && sniff != nil && len(r.Body) > 0 {
		types = []string{sniff(r.Body)}
		r.Header["Content-Type"] = types
	}
	if len(r.Header) == 1 && len(types) == 1 && r.Status == 200 {
		if reply, done := appendPlainReply(dst, types[0], r.Body); done {
			return reply
		}
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

// appendPlainReply appends what most replies are: one of status 200 with a
// content type and text, that stand for themselves. It reports false when they
// don't, or dst has no room.
func appendPlainReply(dst []byte, contentType string, body []byte) (reply []byte, done bool) {
	const (
		start  = `{"isBase64Encoded":false,"statusCode":200,"headers":{"Content-Type":"`
		middle = `"},"body":"`
		end    = `"}`
	)
	size := len(start) + len(contentType) + len(middle) + len(body) + len(end)
	if cap(dst)-len(dst) < size {
		return dst, false
	}
	p := unsafe.Add(unsafe.Pointer(unsafe.SliceData(dst)), len(dst))
	*(*[len(start)]byte)(p) = *(*[len(start)]byte)(unsafe.Pointer(unsafe.StringData(start)))
	p = unsafe.Add(p, len(start))
	if !copyPlain(p, unsafe.Pointer(unsafe.StringData(contentType)), len(contentType)) {
		return dst, false
	}
	p = unsafe.Add(p, len(contentType))
	*(*[len(middle)]byte)(p) = *(*[len(middle)]byte)(unsafe.Pointer(unsafe.StringData(middle)))
	p = unsafe.Add(p, len(middle))
	if !copyPlain(p, unsafe.Pointer(unsafe.SliceData(body)), len(body)) {
		return dst, false
	}
	*(*[len(end)]byte)(unsafe.Add(p, len(body))) = *(*[len(end)]byte)(unsafe.Pointer(unsafe.StringData(end)))
	return dst[:len(dst)+size], true
}

// copyPlain copies n bytes from q to p, which has room for them, as the inside of
// a JSON string. It reports false where it finds anything but ASCII that stands
// for itself.
func copyPlain(p, q unsafe.Pointer, n int) bool {
	last := n - 8
	if last < 0 {
		for i := range n {
			c := *(*byte)(unsafe.Add(q, i))
			if c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
				return false
			}
			*(*byte)(unsafe.Add(p, i)) = c
		}
		return true
	}
	for i := 0; ; { // two words at a time; the last ones begin among bytes that were copied already
		next := min(i+8, last)
		w, v := wordOf(unsafe.Add(q, i)), wordOf(unsafe.Add(q, next))
		if (mustEscape(w)|w|mustEscape(v)|v)&highs != 0 {
			return false
		}
		setWord(unsafe.Add(p, i), w)
		setWord(unsafe.Add(p, next), v)
		if next == last {
			return true
		}
		i = min(next+8, last)
	}
}

// mustEscape marks the bytes of w that do not stand for themselves in a JSON
// string with their highest bit, and may mark those that have it.
func mustEscape(w uint64) uint64 { return (w - spaces) | (w ^ quotes - ones) | (w ^ slashes - ones) }

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
