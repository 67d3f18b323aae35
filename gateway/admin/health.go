package admin

import (
	"net/http"

	"github.com/postern-dev/postern/abi/fault"
)

// Health is the answer of GET /healthz and GET /readyz.
type Health struct {
	Status  string `json:"status"` // "ok"
	Version string `json:"version"`
}

// healthy says that the process answers.
func (s *Server) healthy(x *exchange) error {
	return x.reply(http.StatusOK, Health{Status: "ok", Version: s.options.Version})
}

// ready says whether traffic may come.
func (s *Server) ready(x *exchange) error {
	if s.draining.Load() {
		return errDraining()
	}
	if err := s.options.Ready(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the server is not ready")
	}
	return s.healthy(x)
}

// metrics answers in the Prometheus text format.
func (s *Server) metrics(x *exchange) error {
	x.rc.SetContentType("text/plain; version=0.0.4; charset=utf-8")
	s.options.Metrics(x.rc)
	return nil
}
