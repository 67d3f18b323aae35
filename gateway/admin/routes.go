package admin

import (
	"fmt"
	"net/http"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/deploy"
)

// RouteList is the answer of GET /v1/routes and GET /v1/apps/{app}/routes.
type RouteList struct {
	Routes []deploy.Route `json:"routes"`
}

// listRoutes lists the routes of the app in the path, or all of them.
func (s *Server) listRoutes(x *exchange) error {
	routes, err := s.options.Apps.Routes(x.params["app"])
	if err != nil {
		return fmt.Errorf("list routes: %w", err)
	}
	return x.reply(http.StatusOK, RouteList{Routes: listed(routes)})
}

func (s *Server) explain(x *exchange) error {
	method, url := x.query("method"), x.query("url")
	if method == "" {
		method = http.MethodGet
	}
	if url == "" {
		return fault.New(fault.Invalid, "the query parameter url is missing").
			WithHint("ask like /v1/explain?method=GET&url=http://greeter.example/greet/ann")
	}
	explanation, err := s.options.Apps.Explain(method, url)
	if err != nil {
		return fmt.Errorf("explain %s %s: %w", method, url, err)
	}
	return x.reply(http.StatusOK, explanation)
}
