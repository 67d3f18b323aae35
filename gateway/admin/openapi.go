package admin

import (
	_ "embed"
)

// openapiDocument describes the API in OpenAPI 3. Nobody may change it.
//
//go:embed openapi.json
var openapiDocument []byte

func (s *Server) openapi(x *exchange) error {
	x.rc.SetContentType("application/json")
	x.rc.SetBody(openapiDocument)
	return nil
}
