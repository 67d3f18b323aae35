package wire

import (
	"bytes"
	"encoding/base64"
	"slices"
	"unicode/utf8"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// Base64 decides which bodies reach a function base64-encoded: those that the
// route selects, and all that are not UTF-8, because a JSON string can't carry
// them unharmed.
type Base64 struct {
	always bool
	rules  []rule
}

type rule struct {
	header string
	values [][]byte
}

// NewBase64 reads the switch and the rules of r.
func NewBase64(r dialect.Route) (Base64, error) {
	b := Base64{always: r.Base64 && len(r.Base64Rules) == 0}
	if !r.Base64 {
		return b, nil
	}
	for _, in := range r.Base64Rules {
		out := rule{}
		switch in.Header {
		case "Accept":
			out.header = "Accept"
		case "Content_Type":
			out.header = "Content-Type"
		default:
			return b, fault.New(fault.BadManifest, "a base64 rule is about Accept or Content_Type, not %q", in.Header)
		}
		for _, v := range in.Values {
			out.values = append(out.values, []byte(v))
		}
		b.rules = append(b.rules, out)
	}
	return b, nil
}

// Wants reports whether the body of req is to be encoded.
func (b *Base64) Wants(req *abi.Request) bool {
	return b.always || b.matches(req) || !utf8.Valid(req.Body)
}

func (b *Base64) matches(req *abi.Request) bool {
	for _, rule := range b.rules {
		for i := range req.Header {
			if !abi.EqualFold(req.Header[i].Name, rule.header) {
				continue
			}
			for _, v := range rule.values {
				if bytes.Contains(req.Header[i].Value, v) {
					return true
				}
			}
		}
	}
	return false
}

// AppendBody appends body to dst as a JSON string, base64-encoded or as text,
// which must be UTF-8.
func AppendBody(dst, body []byte, encoding Encoding) []byte {
	if encoding == Text {
		return jsontext.AppendValid(dst, body)
	}
	dst = slices.Grow(dst, base64.StdEncoding.EncodedLen(len(body))+2)
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, body)
	return append(dst, '"')
}

// Encoding is how a body stands in an event.
type Encoding uint8

// Encodings of a body.
const (
	Text Encoding = iota
	Encoded
)

// Encoding returns how the body of req is to stand in the event.
func (b *Base64) Encoding(req *abi.Request) Encoding {
	if b.Wants(req) {
		return Encoded
	}
	return Text
}

// CheckEvent returns a fault when an event of n bytes is larger than limit,
// which is no limit when it is 0.
func CheckEvent(n, limit int) error {
	if limit > 0 && n > limit {
		return fault.New(fault.TooLarge, "the event is larger than %d bytes", limit).
			WithHint("send a smaller request: headers, query and body count, the body base64-encoded if it must be")
	}
	return nil
}

// CheckReply returns a fault when a reply of n bytes is larger than limit, which
// is no limit when it is 0.
func CheckReply(n, limit int) error {
	if limit > 0 && n > limit {
		return fault.New(fault.TooLarge, "the reply has %d bytes; %d are allowed", n, limit)
	}
	return nil
}
