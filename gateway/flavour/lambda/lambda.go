// Package lambda is the face of an AWS HTTP API in front of Lambda functions
// to clients. It knows no authorizers and no usage plans.
package lambda

import (
	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/dialect/lambda"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/flavour"
	"github.com/postern-dev/postern/gateway/route"
)

// New returns the flavour.
func New() flavour.Flavour {
	return flavour.Flavour{
		Name:    "lambda",
		Match:   route.ParseLambda,
		Admit:   func(*dialect.Route, *abi.Request) error { return nil },
		Dialect: func(r dialect.Route) (dialect.Dialect, error) { return lambda.New(r) },
		Refuse:  refuse,
		Stage:   "$default",
		Payload: "2.0",
		Policy:  flavour.ThreeOfSixty(),
	}
}

// refuse answers with the short messages that API Gateway gives.
func refuse(res *abi.Response, _ *abi.Request, f *fault.Error) {
	res.Status = flavour.Status(f.Code)
	res.Header = append(res.Header, abi.Field{Name: []byte("Content-Type"), Value: []byte("application/json")})
	body := append([]byte(nil), `{"message":`...)
	body = abi.AppendString(body, text(res.Status, f))
	res.Body = append(body, '}')
}

func text(status int, f *fault.Error) string {
	switch status {
	case 401:
		return "Unauthorized"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 413:
		return "Request Too Long"
	case 500, 502:
		return "Internal Server Error"
	case 503:
		return "Service Unavailable"
	case 504:
		return "Endpoint request timed out"
	}
	return f.Message
}
