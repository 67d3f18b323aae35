package wire

import (
	"bytes"
	"slices"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// MaxFields is how many header fields a reply may have.
const MaxFields = 1000

// Accept says which values a header of a reply may have.
type Accept uint8

// What headers may have as values. A null is never one.
const (
	StringsAndLists Accept = iota // strings and arrays of strings, a Content-Type a string
	Scalars                       // strings, numbers and booleans
	Lists                         // arrays of strings, numbers and booleans
)

// AppendFields adds the fields of a header object to the header of res. Absent
// and null are an empty object. Of names that are the same to the letter the last
// one counts. A field that belongs to the connection, not to the response, is left
// out whatever its value is, and so is one that res already had with the same
// value. There is one Content-Type at most: the one that res already had, else
// the last.
func AppendFields(res *abi.Response, object jsontext.Value, accept Accept) error {
	if !object.Given() {
		return nil
	}
	if object.Kind != jsontext.Object {
		return BadReply("headers are not an object")
	}
	h := header{res: res, from: len(res.Header), accept: accept}
	s := jsontext.NewScanner(object.Raw)
	s.Open()
	for s.More() {
		if err := h.add(s.Key(), s.Value()); err != nil {
			return err
		}
	}
	if len(h.refused) > 0 {
		return h.refused[0].err
	}
	return nil
}

// header adds one object to the header of a response.
type header struct {
	res     *abi.Response
	from    int // where the object's own fields begin
	keys    int
	accept  Accept
	refused []refusal
}

// refusal is why the value of a name is none, unless that name comes again: the
// last one counts.
type refusal struct {
	name []byte
	err  error
}

func (h *header) add(key, value jsontext.Value) error {
	var name []byte
	name, h.res.Scratch = key.Text(h.res.Scratch)
	if !IsToken(name) {
		return BadReply("%q is not the name of a header", name)
	}
	if h.keys++; h.keys > MaxFields {
		return BadReply("the reply has more than %d headers", MaxFields)
	}
	if isOfConnection(name) {
		return nil
	}
	h.forget(name)
	if err := h.lines(name, value); err != nil {
		h.refused = append(h.refused, refusal{name, err})
	}
	return nil
}

// lines adds the fields of one name.
func (h *header) lines(name []byte, value jsontext.Value) error {
	if value.Kind != jsontext.Array {
		if h.accept == Lists {
			return BadReply("header %q is not an array", name)
		}
		return h.line(name, value)
	}
	if h.accept == Scalars || h.accept == StringsAndLists && isType(name) {
		return BadReply("header %q is an array", name)
	}
	s := jsontext.NewScanner(value.Raw)
	s.Open()
	for s.More() {
		if err := h.line(name, s.Value()); err != nil {
			return err
		}
	}
	return nil
}

// line adds one field.
func (h *header) line(name []byte, value jsontext.Value) error {
	var text []byte
	switch {
	case value.Kind == jsontext.String:
		text, h.res.Scratch = value.Text(h.res.Scratch)
	case h.accept != StringsAndLists && (value.Kind == jsontext.Number || value.Kind == jsontext.True || value.Kind == jsontext.False):
		text = value.Raw
	default:
		return BadReply("header %q has a value that is not a string", name)
	}
	if !IsFieldValue(text) {
		return BadReply("header %q has a control character", name)
	}
	for i, f := range h.res.Header {
		if i >= h.from && !isType(name) {
			break
		}
		if !sameName(f.Name, name) {
			continue
		}
		if i >= h.from {
			h.res.Header[i].Value = text // the only Content-Type there may be
			return nil
		}
		if isType(name) || bytes.Equal(f.Value, text) {
			return nil
		}
	}
	if len(h.res.Header) == MaxFields {
		return BadReply("the reply has more than %d headers", MaxFields)
	}
	h.res.Header = append(h.res.Header, abi.Field{Name: name, Value: text})
	return nil
}

// forget removes what the object said before about name.
func (h *header) forget(name []byte) {
	kept, anyCase := h.from, isType(name)
	same := func(other []byte) bool { return bytes.Equal(other, name) || anyCase && sameName(other, name) }
	h.refused = slices.DeleteFunc(h.refused, func(r refusal) bool { return same(r.name) })
	for i, f := range h.res.Header[h.from:] {
		if same(f.Name) {
			continue
		}
		if h.from+i != kept {
			h.res.Header[kept] = f
		}
		kept++
	}
	h.res.Header = h.res.Header[:kept]
}

// AppendCookies adds a Set-Cookie field for each string of an array. Absent and
// null are an empty array.
func AppendCookies(res *abi.Response, name []byte, list jsontext.Value) error {
	if !list.Given() {
		return nil
	}
	if list.Kind != jsontext.Array {
		return BadReply("cookies are not an array")
	}
	h := header{res: res, from: len(res.Header), accept: StringsAndLists}
	s := jsontext.NewScanner(list.Raw)
	s.Open()
	for s.More() {
		if err := h.line(name, s.Value()); err != nil {
			return err
		}
	}
	return nil
}

// SetDefault adds field unless res has one of its name.
func SetDefault(res *abi.Response, field abi.Field) {
	for i := range res.Header {
		if sameName(res.Header[i].Name, field.Name) {
			return
		}
	}
	res.Header = append(res.Header, field)
}

func isType(name []byte) bool { return abi.EqualFold(name, "Content-Type") }

// isOfConnection reports whether a field is about the connection or its framing:
// those are the gateway's, which also counts the body again.
func isOfConnection(name []byte) bool {
	switch len(name) {
	case len("te"):
		return abi.EqualFold(name, "te")
	case len("trailer"): // and upgrade
		return abi.EqualFold(name, "trailer") || abi.EqualFold(name, "upgrade")
	case len("connection"): // and keep-alive
		return abi.EqualFold(name, "connection") || abi.EqualFold(name, "keep-alive")
	case len("content-length"):
		return abi.EqualFold(name, "content-length")
	case len("proxy-connection"):
		return abi.EqualFold(name, "proxy-connection")
	case len("transfer-encoding"):
		return abi.EqualFold(name, "transfer-encoding")
	}
	return false
}
