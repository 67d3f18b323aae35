// Package service is the door from a function to the host: one act at a time,
// JSON both ways. It is not a service itself; those are folders beside this
// file.
package service

import (
	"context"
	"fmt"
	"strings"

	"github.com/postern-dev/postern/abi/fault"
)

// Service is one thing that functions may use.
type Service interface {
	// Name is the part of an op before the first dot.
	Name() string
	// Check reports whether the caller may do op, before any input is read.
	Check(caller Caller, op string) error
	// Call does op. in and the answer are JSON; in is valid during the call
	// only. It ends early when ctx does. An error's fault code reaches the
	// function as data, never as a trap.
	Call(ctx context.Context, caller Caller, op string, in []byte) ([]byte, error)
}

// Caller says on whose behalf a function asks.
type Caller struct {
	App       string
	Function  string
	Version   string
	RequestID string
	TraceID   string
	Attempt   int
	Identity  string // who was admitted; empty for anybody
	Depth     int    // how many functions called each other to get here
}

// Set is the services that functions can reach. It is immutable; nil is the
// empty set.
type Set struct {
	byName map[string]Service
}

// NewSet returns the set of services. Two with one name are an error.
func NewSet(services ...Service) (*Set, error) {
	byName := make(map[string]Service, len(services))
	for _, s := range services {
		if _, ok := byName[s.Name()]; ok {
			return nil, fmt.Errorf("two services are called %q", s.Name())
		}
		byName[s.Name()] = s
	}
	return &Set{byName: byName}, nil
}

// Call finds the service that op names, asks it whether caller may, and lets
// it act. op is "service.act".
func (s *Set) Call(ctx context.Context, caller Caller, op string, in []byte) ([]byte, error) {
	name, _, _ := strings.Cut(op, ".")
	var svc Service
	if s != nil {
		svc = s.byName[name]
	}
	if svc == nil {
		return nil, fault.New(fault.NotFound, "no service %q", name).
			WithHint("ops are written service.act; this server offers no service of that name")
	}
	if err := svc.Check(caller, op); err != nil {
		return nil, err
	}
	return svc.Call(ctx, caller, op, in)
}
