package scf

import (
	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/fault"
)

// admit refuses a request that lacks a parameter which its route declares as
// required (TC-16).
func admit(r *dialect.Route, req *abi.Request) error {
	for i := range r.Declared {
		p := &r.Declared[i]
		if !p.Required || present(p, req) {
			continue
		}
		switch p.In {
		case dialect.InHeader:
			return fault.New(fault.Denied, "header %s is required.", p.Name)
		case dialect.InQuery:
			return fault.New(fault.Denied, "querystring %s is required.", p.Name)
		default:
			return fault.New(fault.Denied, "path variable %s is required.", p.Name)
		}
	}
	return nil
}

func present(p *dialect.Param, req *abi.Request) bool {
	switch p.In {
	case dialect.InHeader:
		_, ok := req.FindHeader(p.Name)
		return ok
	case dialect.InQuery:
		return req.HasQuery(p.Name)
	}
	for i := range req.Params {
		if req.Params[i].Name == p.Name {
			return true
		}
	}
	return false
}
