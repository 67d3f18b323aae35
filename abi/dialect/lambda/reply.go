package lambda

import (
	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect/internal/wire"
	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// ParseReply reads a function's reply into res.
func (d *Dialect) ParseReply(res *abi.Response, reply []byte) error {
	res.Reset()
	if err := wire.CheckReply(len(reply), d.maxReply); err != nil {
		return err
	}
	if err := d.parse(res, reply); err != nil {
		res.Reset()
		return err
	}
	return nil
}

func (d *Dialect) parse(res *abi.Response, reply []byte) error {
	var e wire.Envelope
	if !wire.ReadPlain(&e, res, reply) {
		res.Reset()
		isObject := wire.ReadEnvelope(&e, reply)
		if d.format == format2 && !e.Status.Given() {
			return d.infer(res, reply)
		}
		if !isObject {
			return wire.BadReply("the reply is not a JSON object")
		}
		if err := d.readAny(&e, res); err != nil {
			return err
		}
	}
	wire.SetDefault(res, d.plainType)
	if d.format == format2 && e.Body.Given() && e.Body.Kind != jsontext.String {
		res.Body = e.Body.Raw
		return nil
	}
	return e.DecodeBody(res)
}

// readAny reads the status and header of a reply that need not be plain.
func (d *Dialect) readAny(e *wire.Envelope, res *abi.Response) error {
	var err error
	if res.Status, err = parseStatus(e.Status); err != nil {
		return err
	}
	if err := wire.AppendFields(res, e.MultiHeaders, wire.Lists); err != nil {
		return err
	}
	if err := wire.AppendFields(res, e.Headers, wire.Scalars); err != nil {
		return err
	}
	return wire.AppendCookies(res, d.setCookie, e.Cookies)
}

// infer makes a response of a reply that says nothing of one.
func (d *Dialect) infer(res *abi.Response, reply []byte) error {
	if len(reply) == 0 {
		reply = []byte("null")
	}
	s := jsontext.NewScanner(reply)
	value := s.Value()
	if !s.End() {
		return wire.BadReply("the reply is not JSON")
	}
	res.Status = 200
	res.Header = append(res.Header, d.jsonType)
	res.Body = reply
	if value.Kind == jsontext.String {
		res.Body, res.Scratch = value.Text(res.Scratch)
	}
	return nil
}

// parseStatus takes an integer and a string of digits.
func parseStatus(v jsontext.Value) (int, error) {
	if v.Kind != jsontext.String {
		return wire.ParseStatus(v)
	}
	n, ok := jsontext.ParseInt(v.Raw[1 : len(v.Raw)-1])
	if !ok {
		return 0, wire.BadReply("statusCode is not an integer")
	}
	return wire.CheckStatus(n)
}
