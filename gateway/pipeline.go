package gateway

import (
	"errors"

	"github.com/valyala/fasthttp"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/flavour"
	"github.com/postern-dev/postern/gateway/route"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/runtime/meter"
)

// serve is the life of a request: limits, match, admit, event, run, reply,
// answer, a row a line. A step that fails ends it with a fault, which the
// caller turns into the flavour's refusal.
func (s *Server) serve(rc *fasthttp.RequestCtx, x *exchange) error {
	x.laps.begin()
	x.announce(rc)
	if err := x.read(rc, &s.opt); err != nil {
		return err
	}
	x.laps.end(meter.Parse)
	call, err := s.match(x)
	if err != nil {
		return err
	}
	defer call.Release()
	x.laps.end(meter.Route)
	if err := x.target.Flavour.Admit(&x.target.Route, &x.req); err != nil {
		return err
	}
	x.laps.end(meter.Admit)
	if call.Event, err = x.target.Dialect.AppendEvent(call.Event, &x.req); err != nil {
		return err
	}
	x.req.Body = nil // the event is its copy
	x.laps.end(meter.Event)
	call.RequestID, call.Identity, call.Policy = x.req.ID, x.req.Identity.SecretID, x.target.Policy
	x.rc, x.call, call.Rescue, call.Trace = rc, call, x.toRescue, x.toTrace
	reply, err := call.Invoke(s.ctx)
	if err != nil {
		return err
	}
	x.laps.skip()
	if err := x.parse(reply); err != nil {
		call.Misreplied()
		return err
	}
	x.laps.end(meter.Reply)
	x.answer(rc)
	x.laps.end(meter.Write)
	return nil
}

// maxSwaps bounds how often a request that meets a version just taken out of
// service looks at the newer table.
const maxSwaps = 8

// match finds the target and takes a call of its function. Between the two the
// table may be swapped; then the newer one is asked.
func (s *Server) match(x *exchange) (*runtime.Call, error) {
	for range maxSwaps {
		x.match.Params = x.req.Params[:0]
		table := s.opt.Apps.Table()
		outcome := table.Find(&x.match, x.req.Host, x.req.RawPath, x.req.Path, x.req.Method)
		if outcome != route.NoHost {
			x.flavour = table.Flavour(x.match.App)
		}
		if outcome != route.Found {
			return nil, x.notFound(outcome)
		}
		x.req.Params = x.match.Params
		call, err := x.herald.NewCall(x.match.Target.Function)
		if errors.Is(err, runtime.ErrRetired) {
			continue
		}
		if err != nil {
			return nil, err
		}
		x.target = x.match.Target
		x.req.RawPath, x.req.Path = x.match.RawPath, x.match.Path
		return call, nil
	}
	return nil, fault.New(fault.Unavailable, "the app is being replaced")
}

// notFound is the fault for a request that no route takes. The flavour of the
// app that owns the address, if there is one, words the refusal.
func (x *exchange) notFound(outcome route.Outcome) error {
	if outcome == route.NoMethod {
		return fault.Wrap(fault.NotFound, flavour.ErrMethod, "no route for %s %s", x.req.Method, x.req.RawPath)
	}
	return fault.New(fault.NotFound, "no route for %s", x.req.RawPath)
}
