package admin

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/deploy"
)

// FunctionList is the answer of GET /v1/apps/{app}/functions.
type FunctionList struct {
	Functions []deploy.Function `json:"functions"`
}

func (s *Server) listFunctions(x *exchange) error {
	functions, err := s.options.Apps.Functions(x.params["app"])
	if err != nil {
		return fmt.Errorf("list functions of %s: %w", x.params["app"], err)
	}
	return x.reply(http.StatusOK, FunctionList{Functions: listed(functions)})
}

// invoke calls a function with the body as its event. An empty body is the
// event {}.
func (s *Server) invoke(x *exchange) error {
	event, err := x.body.readAll(s.options.Limits.MaxEvent)
	if err != nil {
		return err
	}
	if len(event) == 0 {
		event = []byte("{}")
	}
	if !json.Valid(event) {
		return fault.New(fault.Invalid, "the event is not JSON")
	}
	if s.draining.Load() {
		return errDraining()
	}
	invocation, err := s.options.Apps.Invoke(s.ctx, x.params["app"], x.params["function"], event)
	if err != nil {
		return fmt.Errorf("invoke %s of %s: %w", x.params["function"], x.params["app"], err)
	}
	return x.reply(http.StatusOK, invocation)
}
