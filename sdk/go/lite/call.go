package lite

import "errors"

// Error is a failure of a service: a stable code and a message.
type Error struct {
	Code    string // "not_found", for instance; the manual of package abi lists all
	Message string
}

// Error implements the error interface.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Call asks the host for an act of a service, "records.get" for instance. in
// is JSON, and so is the answer, which the caller owns. A failure of the
// service is an *[Error].
func Call(op string, in []byte) ([]byte, error) {
	raw := callHost(op, in)
	if failure := find(raw, "error"); failure != nil {
		return nil, &Error{Code: text(find(failure, "code")), Message: text(find(failure, "message"))}
	}
	ok := find(raw, "ok")
	if ok == nil {
		return nil, errors.New("the host answered " + op + " with neither ok nor error")
	}
	return ok, nil
}
