// Package lambda runs handlers that were written for AWS Lambda: the types of
// handlers that lambda.Start takes there, and the JSON that they expect. It is
// not a copy of AWS's runtime: there is no lambdacontext, and no runtime API
// behind it.
//
// A program changes one import:
//
//	import (
//		"github.com/aws/aws-lambda-go/events"
//		"github.com/postern-dev/postern/sdk/go/lambda"
//	)
//
//	func handle(ctx context.Context, r events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
//		return events.APIGatewayProxyResponse{StatusCode: 200, Body: "hello"}, nil
//	}
//
//	func main() { lambda.Start(handle) }
//
// Its app has flavour = "lambda" in postern.toml.
package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/postern-dev/postern/sdk/go/lite"
)

// Handler is a function that works on JSON.
type Handler interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Start gives every event to handler, which is a [Handler] or a function of
// one of these types, where TIn and TOut are anything that encoding/json can
// read and write:
//
//	func ()
//	func () error
//	func () (TOut, error)
//	func (TIn)
//	func (TIn) error
//	func (TIn) (TOut, error)
//	func (context.Context)
//	func (context.Context) error
//	func (context.Context) (TOut, error)
//	func (context.Context, TIn)
//	func (context.Context, TIn) error
//	func (context.Context, TIn) (TOut, error)
//
// For anything else every call fails with a message that says so. Unlike the
// Start of AWS it returns.
func Start(handler any) { lite.Handle(NewHandler(handler).Invoke) }

// NewHandler makes a [Handler] of what Start takes.
func NewHandler(handler any) Handler {
	if h, ok := handler.(Handler); ok {
		return h
	}
	h, err := newTyped(reflect.ValueOf(handler))
	if err != nil {
		return refusal{err}
	}
	return h
}

// refusal is the handler that stands for one that cannot be called.
type refusal struct{ err error }

// Invoke implements [Handler].
func (r refusal) Invoke(context.Context, []byte) ([]byte, error) { return nil, r.err }

// typed calls a function through reflection.
type typed struct {
	call    reflect.Value
	context bool         // it takes a context first
	in      reflect.Type // of the event, nil when it takes none
	out     bool         // it returns a value before the error
	err     bool         // it returns an error last
}

func newTyped(f reflect.Value) (*typed, error) {
	if f.Kind() != reflect.Func || f.IsNil() {
		return nil, errors.New("the handler is no function")
	}
	h, t := &typed{call: f}, f.Type()
	takes := t.NumIn()
	if takes > 0 && t.In(0).Kind() == reflect.Interface && reflect.TypeFor[context.Context]().Implements(t.In(0)) && t.In(0).NumMethod() > 0 {
		h.context = true
		takes--
	}
	switch {
	case takes > 1 || t.IsVariadic():
		return nil, fmt.Errorf("the handler %v takes something other than a context and an event", t)
	case takes == 1:
		h.in = t.In(t.NumIn() - 1)
	}
	returns := t.NumOut()
	if returns > 0 {
		h.err = t.Out(returns - 1).Implements(reflect.TypeFor[error]())
		h.out = returns == 2
	}
	if returns > 2 || returns > 0 && !h.err {
		return nil, fmt.Errorf("the handler %v returns something other than a value and an error", t)
	}
	return h, nil
}

// Invoke implements [Handler].
func (h *typed) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var args []reflect.Value
	if h.context {
		args = append(args, reflect.ValueOf(ctx))
	}
	if h.in != nil {
		event := reflect.New(h.in)
		if err := json.Unmarshal(payload, event.Interface()); err != nil {
			return nil, fmt.Errorf("read the event: %w", err)
		}
		args = append(args, event.Elem())
	}
	results := h.call.Call(args)
	if h.err {
		if err, _ := results[len(results)-1].Interface().(error); err != nil {
			return nil, err
		}
	}
	if !h.out {
		return []byte("null"), nil
	}
	reply, err := json.Marshal(results[0].Interface())
	if err != nil {
		return nil, fmt.Errorf("write the reply: %w", err)
	}
	return reply, nil
}
