// Package fault names every way to fail, once, for the host, for functions and
// for the admin API. It is not a mapping to HTTP status: those numbers exist in
// the gateway only.
package fault

import (
	"errors"
	"fmt"
)

// Code is a stable name of a failure. Codes are part of the ABI and of the
// admin API: they are added, never renamed.
type Code string

// Codes of a call: what a client, or a function that calls a service, may meet.
const (
	Invalid      Code = "invalid"      // the request, the event or an argument is malformed
	Unauthorized Code = "unauthorized" // the caller did not prove who it is
	Denied       Code = "denied"       // the caller is known and may not do this
	NotFound     Code = "not_found"    // no such app, function, version, route or op
	TooLarge     Code = "too_large"    // a body, an event, a header block or a reply exceeds its limit
	Busy         Code = "busy"         // the lane's queue is full or a cap is reached; try later
	Unavailable  Code = "unavailable"  // the server is starting or draining
	Timeout      Code = "timeout"      // every attempt outlived its patience
	RunLimit     Code = "run_limit"    // the run outlived its run limit and was ended
	CPULimit     Code = "cpu_limit"    // the run spent its CPU budget and was ended
	MemoryLimit  Code = "memory_limit" // the run needed more memory than the function may have
	Killed       Code = "killed"       // the run was ended by an operator or by the end of the server
	Crashed      Code = "crashed"      // the function trapped or left without a reply
	Failed       Code = "failed"       // the function reported a failure of its own, with a message
	BadReply     Code = "bad_reply"    // the reply is not what the dialect asks for
	Conflict     Code = "conflict"     // a name, host or prefix already belongs to another app
	Internal     Code = "internal"     // our own mistake; the cause is in the log
)

// Codes of an upload: why a bundle, manifest or module was not taken.
const (
	BadManifest       Code = "bad_manifest"     // postern.toml has complaints, each with its line
	BadBundle         Code = "bad_bundle"       // the upload is not a readable bundle
	NotWasm           Code = "not_wasm"         // the bytes don't start like a wasm module
	Component         Code = "component"        // a component where a core module is needed
	BadModule         Code = "bad_module"       // wasm, but truncated or not valid
	Unsupported       Code = "unsupported"      // uses a proposal that the engine does not run
	MissingExport     Code = "missing_export"   // an export of the ABI is absent; it is named
	WrongSignature    Code = "wrong_signature"  // an export or import has another type than the ABI's
	UnknownImport     Code = "unknown_import"   // imports something nobody gives; it is named
	ModuleTooLarge    Code = "module_too_large" // larger than the server takes
	ModuleMemoryLimit Code = "module_memory"    // asks for more memory at start than its limit
	StartFailed       Code = "start_failed"     // the module trapped while it was initialised or primed
	DiskFull          Code = "disk_full"        // the data directory has no room
)

// Codes returns all codes, in the order of their declaration. Tests use it to
// prove that every code has a status and that every flavour refuses it.
func Codes() []Code {
	return []Code{
		Invalid, Unauthorized, Denied, NotFound, TooLarge, Busy, Unavailable, Timeout, RunLimit, CPULimit,
		MemoryLimit, Killed, Crashed, Failed, BadReply, Conflict, Internal,
		BadManifest, BadBundle, NotWasm, Component, BadModule, Unsupported, MissingExport, WrongSignature,
		UnknownImport, ModuleTooLarge, ModuleMemoryLimit, StartFailed, DiskFull,
	}
}

// Error is a failure with a stable code. Message and Hint may be read by
// strangers; Cause may not and goes to the log only.
type Error struct {
	Code    Code
	Message string
	Hint    string // what to do about it; may be empty
	Cause   error  // may be nil
}

// New returns a fault whose message is made of format and args.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns a fault that keeps cause for the log and for [errors.Is].
func Wrap(code Code, cause error, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// WithHint returns a copy of e that says what to do about it.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// Error gives code, message and cause: the text for the log. What strangers
// may read is Message and Hint.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Message
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is a fault of the same code, so that
// errors.Is(err, fault.New(fault.Busy, "")) compares codes and not texts.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Of returns the fault in err's chain. An error without one becomes Internal
// with err as its cause; nil stays nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Error](err); ok {
		return f
	}
	return Wrap(Internal, err, "internal error")
}

// CodeOf returns the code of the fault in err's chain, Internal for an error
// without one and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return Of(err).Code
}
