package admin

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi/fault"
)

// exchange is one request and its answer. It must not outlive the handler.
type exchange struct {
	rc     *fasthttp.RequestCtx
	id     string            // of the request, accepted or made
	params map[string]string // variables of the path, decoded
	body   *body             // what the client sends
}

// serve is the life of a request: name it, find its endpoint, admit it, let
// the endpoint answer, and put a line into the log.
func (s *Server) serve(rc *fasthttp.RequestCtx) {
	started := time.Now()
	x := s.newExchange(rc)
	err := s.answer(x)
	if err != nil {
		s.refuse(x, err)
	}
	s.note(x, started, err)
	if x.body.left() {
		rc.SetConnectionClose()
	}
}

func (s *Server) newExchange(rc *fasthttp.RequestCtx) *exchange {
	id := string(rc.Request.Header.Peek("X-Request-Id"))
	if !validID(id) {
		id = newID()
	}
	rc.Response.Header.Set("X-Request-Id", id)
	rc.Response.Header.Set("X-Content-Type-Options", "nosniff")
	rc.Response.Header.Set("Cache-Control", "no-store")
	return &exchange{rc: rc, id: id, body: s.newBody(rc)}
}

// answer runs the endpoint. A panic becomes an internal fault with the stack
// as its cause.
func (s *Server) answer(x *exchange) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.Wrap(fault.Internal, fmt.Errorf("panic: %v\n%s", r, debug.Stack()), "internal error")
		}
	}()
	e, err := s.admit(x)
	if err != nil {
		return err
	}
	return e.serve(s, x)
}

// admit finds the endpoint of a request that may use it.
func (s *Server) admit(x *exchange) (*endpoint, error) {
	method, path := string(x.rc.Method()), string(x.rc.URI().PathOriginal())
	e, params, allowed := find(s.endpoints, method, path)
	if e == nil || e.access == withToken {
		if !s.admits(string(x.rc.Request.Header.Peek("Authorization"))) {
			return nil, fault.New(fault.Unauthorized, "the bearer token is missing or wrong").
				WithHint("send Authorization: Bearer TOKEN with the token from the server's token file")
		}
	}
	if allowed != nil {
		return nil, &methodFault{allowed: strings.Join(allowed, ", ")}
	}
	if e == nil {
		return nil, fault.New(fault.NotFound, "there is nothing at this path").WithHint("/v1/openapi.json lists every path")
	}
	x.params = params
	return e, nil
}

// reply answers with value as JSON.
func (x *exchange) reply(status int, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	x.rc.SetStatusCode(status)
	x.rc.SetContentType("application/json")
	x.rc.SetBody(append(text, '\n'))
	return nil
}

// query returns a parameter of the query, "" when it is absent.
func (x *exchange) query(name string) string {
	return string(x.rc.QueryArgs().Peek(name))
}

// count returns a parameter of the query that is a number from 0 to most, and
// otherwise when it is absent.
func (x *exchange) count(name string, otherwise, most int) (int, error) {
	text := x.query(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, fault.New(fault.Invalid, "%s is not a number from 0 to %d", name, most)
	}
	return n, nil
}

// flag returns a parameter of the query that is true or false, false when it
// is absent.
func (x *exchange) flag(name string) (bool, error) {
	text := x.query(name)
	if text == "" {
		return false, nil
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		return false, fault.New(fault.Invalid, "%s is neither true nor false", name)
	}
	return on, nil
}

// note writes the log line of a request.
func (s *Server) note(x *exchange, started time.Time, err error) {
	status := x.rc.Response.StatusCode()
	event := s.options.Log.Info()
	if status >= http.StatusInternalServerError {
		event = s.options.Log.Error()
	}
	if err != nil {
		event = event.Err(err).Str("code", string(fault.CodeOf(err)))
	}
	event.Str("request", x.id).
		Str("method", string(x.rc.Method())).
		Str("path", string(x.rc.URI().PathOriginal())).
		Int("status", status).
		Dur("took", time.Since(started)).
		Str("client", x.rc.RemoteAddr().String()).
		Msg("admin")
}

// validID reports whether a client's request id may go into log lines and
// header fields as it is.
func validID(id string) bool {
	return id != "" && len(id) <= 128 && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_' && r != '.' && r != ':'
	})
}

func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}
