// Package scf is the face of the Tencent API gateway to clients. Its own
// patience, authentication and cross-origin rules are not here yet: it has the
// common policy of three attempts.
package scf

import (
	"errors"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/dialect/scf"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/flavour"
	"github.com/postern-dev/postern/gateway/route"
)

// badFormat is the answer to a reply that is no integrated response (TC-45).
const badFormat = `{"errno":403,"error":"Invalid scf response format. please check your scf response format."}`

// New returns the flavour.
func New() flavour.Flavour {
	return flavour.Flavour{
		Name:    "scf",
		Match:   route.ParseSCF,
		Admit:   admit,
		Dialect: func(r dialect.Route) (dialect.Dialect, error) { return scf.New(r) },
		Refuse:  refuse,
		Stage:   "release",
		Compressed: []string{ // TC-47
			"text/xml", "text/plain", "text/css", "application/javascript", "application/x-javascript",
			"application/rss+xml", "application/xml", "application/json", "application/octet-stream",
		},
		Policy: flavour.ThreeOfSixty(),
	}
}

// refuse answers like the gateway: a small object with a message (TC-54), but
// for replies in a wrong format, which have a text of their own (TC-45), and
// for functions that failed, whose error object is the body (TC-50, TC-52).
func refuse(res *abi.Response, req *abi.Request, f *fault.Error) {
	res.Header = append(res.Header, abi.Field{Name: []byte("Content-Type"), Value: []byte("application/json")})
	switch f.Code {
	case fault.BadReply:
		res.Status = 403
		res.Body = []byte(badFormat)
	case fault.Failed, fault.Crashed:
		res.Status = 200
		res.Body = functionError(req, "user code exception caught", 430, f.Message)
	case fault.RunLimit, fault.CPULimit:
		res.Status = 200
		res.Body = functionError(req, f.Message, 433, "")
	case fault.MemoryLimit:
		res.Status = 200
		res.Body = functionError(req, f.Message, 434, "")
	default:
		res.Status = flavour.Status(f.Code)
		res.Body = message(gatewayText(req, f))
	}
}

// gatewayText is what the gateway says of its own refusals.
func gatewayText(req *abi.Request, f *fault.Error) string {
	switch {
	case f.Code == fault.NotFound && errors.Is(f, flavour.ErrMethod):
		return "There is no api match method[" + string(req.Method) + "]"
	case f.Code == fault.NotFound:
		return "There is no api match uri[" + string(req.RawPath) + "] host[" + string(req.Host) + "]"
	case f.Code == fault.Timeout:
		return "Gateway Time-out."
	}
	return f.Message
}

func message(text string) []byte {
	body := append([]byte(nil), `{"message":`...)
	body = abi.AppendString(body, text)
	return append(body, '}')
}
