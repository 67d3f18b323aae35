package wire

import (
	"encoding/base64"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// Statuses that a reply may have: an interim one (1xx) can't end a request, and
// HTTP has no room for more than three digits.
const (
	minStatus = 200
	maxStatus = 999
)

// Envelope is a reply that says status, header and body. Of a key that stands in
// it twice the last one counts; unknown keys are ignored.
type Envelope struct {
	Base64       jsontext.Value // isBase64Encoded
	Status       jsontext.Value // statusCode
	Headers      jsontext.Value // headers
	MultiHeaders jsontext.Value // multiValueHeaders
	Cookies      jsontext.Value // cookies
	Body         jsontext.Value // body
}

// ReadEnvelope finds the parts of a reply and reports whether it is one JSON
// object.
func ReadEnvelope(e *Envelope, reply []byte) bool {
	*e = Envelope{}
	s := jsontext.NewScanner(reply)
	if !s.Open() || !s.InObject() {
		return false
	}
	var room [32]byte
	for s.More() {
		key, _ := s.Key().Text(room[:0])
		value := s.Value()
		switch string(key) {
		case "statusCode":
			e.Status = value
		case "headers":
			e.Headers = value
		case "body":
			e.Body = value
		case "isBase64Encoded":
			e.Base64 = value
		case "multiValueHeaders":
			e.MultiHeaders = value
		case "cookies":
			e.Cookies = value
		}
	}
	return s.End()
}

// ParseStatus returns the number of a reply's status when a response can have
// it: 200 to 999.
func ParseStatus(v jsontext.Value) (int, error) {
	n, ok := v.Int()
	if !ok {
		return 0, BadReply("statusCode is not an integer")
	}
	return CheckStatus(n)
}

// CheckStatus returns n when a response can have it as its status.
func CheckStatus(n int) (int, error) {
	if n < minStatus || n > maxStatus {
		return 0, BadReply("statusCode %d is not between %d and %d", n, minStatus, maxStatus)
	}
	return n, nil
}

// DecodeBody puts the body into res: text, or the bytes that base64 stands for.
func (e *Envelope) DecodeBody(res *abi.Response) error {
	if e.Base64.Given() && e.Base64.Kind != jsontext.True && e.Base64.Kind != jsontext.False {
		return BadReply("isBase64Encoded is not a boolean")
	}
	if !e.Body.Given() {
		return nil
	}
	if e.Body.Kind != jsontext.String {
		return BadReply("body is not a string")
	}
	res.Body, res.Scratch = e.Body.Text(res.Scratch)
	if e.Base64.Kind != jsontext.True {
		return nil
	}
	start := len(res.Scratch)
	var err error
	res.Scratch, err = base64.StdEncoding.AppendDecode(res.Scratch, res.Body)
	if err != nil {
		return fault.Wrap(fault.BadReply, err, "body is not the base64 that isBase64Encoded promises")
	}
	res.Body = res.Scratch[start:len(res.Scratch):len(res.Scratch)]
	return nil
}

// BadReply returns a fault that says what is wrong with a reply.
func BadReply(format string, args ...any) error {
	return fault.New(fault.BadReply, format, args...).
		WithHint("the reply must be what the route's dialect asks for; see its manual")
}
