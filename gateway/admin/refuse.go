package admin

import (
	"errors"
	"net"
	"net/http"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi/fault"
)

// Complaint is one thing wrong with a manifest.
type Complaint struct {
	Line    int    `json:"line"` // from 1; 0 when it belongs to no line
	Key     string `json:"key"`
	Message string `json:"message"`
}

// Refusal is the JSON of every answer that is not a success.
type Refusal struct {
	Error RefusalError `json:"error"`
}

// RefusalError says what went wrong in words for a program (Code) and for a
// person (Message, Hint).
type RefusalError struct {
	Code       fault.Code  `json:"code"`
	Message    string      `json:"message"`
	Hint       string      `json:"hint,omitempty"` // what to do about it
	RequestID  string      `json:"requestId"`
	Complaints []Complaint `json:"complaints,omitempty"` // of a manifest
}

// methodFault is a request whose path is right and whose method is not.
type methodFault struct{ allowed string }

func (m *methodFault) Error() string { return "invalid: this path takes " + m.allowed }

func (m *methodFault) Unwrap() error {
	return fault.New(fault.Invalid, "this path takes %s", m.allowed)
}

// refuse answers with err. Causes stay out of the answer: they are for the log.
func (s *Server) refuse(x *exchange, err error) {
	f := fault.Of(err)
	status := statusOf(f.Code)
	header := &x.rc.Response.Header
	var method *methodFault
	switch {
	case errors.As(err, &method):
		status = http.StatusMethodNotAllowed
		header.Set("Allow", method.allowed)
	case status == http.StatusUnauthorized:
		header.Set("WWW-Authenticate", `Bearer realm="postern"`)
	case status == http.StatusServiceUnavailable:
		header.Set("Retry-After", "1")
	}
	x.rc.Response.ResetBody()
	refusal := Refusal{Error: RefusalError{
		Code:       f.Code,
		Message:    f.Message,
		Hint:       f.Hint,
		RequestID:  x.id,
		Complaints: complaintsOf(err),
	}}
	if err := x.reply(status, refusal); err != nil {
		panic(err) // strings and numbers always encode
	}
}

// unreadable answers what is not an HTTP request that the server takes.
func (s *Server) unreadable(rc *fasthttp.RequestCtx, err error) {
	x := &exchange{rc: rc, id: newID()}
	rc.Response.Header.Set("X-Request-Id", x.id)
	f := fault.Wrap(fault.Invalid, err, "the request is not readable HTTP")
	status := http.StatusBadRequest
	var small *fasthttp.ErrSmallBuffer
	var network *net.OpError
	switch {
	case errors.As(err, &small):
		f = fault.Wrap(fault.TooLarge, err, "the header is larger than %d bytes", maxHeader)
		status = http.StatusRequestHeaderFieldsTooLarge
	case errors.As(err, &network) && network.Timeout():
		f = fault.Wrap(fault.Invalid, err, "the request did not arrive within %s", s.options.Limits.ReadWait)
		status = http.StatusRequestTimeout
	}
	s.refuse(x, f)
	rc.SetStatusCode(status)
	s.options.Log.Info().Err(err).Str("request", x.id).Int("status", status).Str("client", rc.RemoteAddr().String()).Msg("admin")
}

// expect answers a client that asks before it sends its body, so that a refused
// upload costs nobody anything.
func (s *Server) expect(rc *fasthttp.RequestCtx) int {
	x := s.newExchange(rc)
	_, err := s.admit(x)
	if err == nil && int64(rc.Request.Header.ContentLength()) > s.options.Limits.MaxUpload {
		err = uploadTooLarge(s.options.Limits.MaxUpload)
	}
	if err == nil {
		return http.StatusContinue
	}
	s.refuse(x, err)
	s.note(x, rc.Time(), err)
	return rc.Response.StatusCode()
}
