package scf

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
	if !d.integrated {
		d.passThrough(res, reply)
		return nil
	}
	if err := d.integrate(res, reply); err != nil {
		res.Reset()
		return err
	}
	return nil
}

// integrate reads {isBase64Encoded, statusCode, headers, body}.
func (d *Dialect) integrate(res *abi.Response, reply []byte) error {
	var e wire.Envelope
	if !wire.ReadPlain(&e, res, reply) {
		res.Reset()
		if err := readAny(&e, res, reply); err != nil {
			return err
		}
	}
	wire.SetDefault(res, d.jsonType)
	return e.DecodeBody(res)
}

// readAny reads a reply that need not be plain: status and header into res, the
// rest into e.
func readAny(e *wire.Envelope, res *abi.Response, reply []byte) error {
	if !wire.ReadEnvelope(e, reply) {
		return wire.BadReply("the reply is not a JSON object")
	}
	var err error
	if res.Status, err = wire.ParseStatus(e.Status); err != nil {
		return err
	}
	return wire.AppendFields(res, e.Headers, wire.StringsAndLists)
}

// passThrough sends the JSON of the function's return value.
func (d *Dialect) passThrough(res *abi.Response, reply []byte) {
	res.Status = 200
	res.Header = append(res.Header, d.jsonType)
	switch {
	case len(reply) == 0:
		res.Scratch = append(res.Scratch, "null"...)
		res.Body = res.Scratch
	case jsontext.Valid(reply):
		res.Body = reply
	default:
		res.Scratch = jsontext.AppendString(res.Scratch, reply)
		res.Body = res.Scratch
	}
}
